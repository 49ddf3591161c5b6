"""The rules of docs/analytics.md once more, as SQL over the thread's rows: nothing here is shared
with the code that counts. Times are seconds, days are numbered from 1 January 1970.

The same statements run on SQLite and PostgreSQL; where they differ, `_words` has both.
"""

from datetime import UTC, date, datetime, timedelta

from django.db import connection

from analytics.tests.oracle.sums import SUMS

FIRST = date(1970, 1, 1)
HOUR = 3600
# from -> offset in hours; the rules of the European Union and the United States for 2026
CLOCKS = {
    "UTC": [("1970-01-01T00:00", 0)],
    "Europe/Warsaw": [
        ("1970-01-01T00:00", 1), ("2026-03-29T01:00", 2), ("2026-10-25T01:00", 1),
    ],
    "America/New_York": [
        ("1970-01-01T00:00", -5), ("2026-03-08T07:00", -4), ("2026-11-01T06:00", -5),
    ],
}  # fmt: skip
NAMES = (
    *("zone", "lead", "hand", "event", "undone", "class", "word", "message", "told", "turn"),
    *("answer", "deal", "fact", "stage", "reach", "come"),
)


def number(day: date) -> int:
    return (day - FIRST).days


def day_of(number: int) -> date:
    return FIRST + timedelta(days=number)


def make(zone: str) -> None:
    """Fill the tables oracle_* anew. `oracle_fact` is what every figure is summed from."""
    words = _words()
    with connection.cursor() as cursor:
        for name in reversed(NAMES):
            cursor.execute(f"DROP TABLE IF EXISTS oracle_{name}")
        cursor.execute("CREATE TEMP TABLE oracle_zone (since BIGINT, til BIGINT, shift BIGINT)")
        cursor.executemany("INSERT INTO oracle_zone VALUES (%s, %s, %s)", _clock(zone))
        for statement in (*STATEMENTS, *SUMS):
            for name, text in words.items():
                statement = statement.replace(f"[{name}]", text)
            cursor.execute(statement)
            if statement.startswith("CREATE TEMP TABLE"):
                cursor.execute(f"ANALYZE {statement.split()[3]}")  # else joins are guessed


def analyze() -> None:
    """What was written in a transaction that is still open is unknown to PostgreSQL's planner."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _words() -> dict[str, str]:
    if connection.vendor == "postgresql":
        return {
            "occurred": "CAST(EXTRACT(EPOCH FROM occurred_at) AS BIGINT)",
            "created": "CAST(EXTRACT(EPOCH FROM created_at) AS BIGINT)",
        }
    return {
        "occurred": "CAST(strftime('%s', occurred_at) AS BIGINT)",
        "created": "CAST(strftime('%s', created_at) AS BIGINT)",
    }


def _clock(zone: str) -> list[tuple[int, int, int]]:
    starts = [
        (int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()), hours * HOUR)
        for at, hours in CLOCKS[zone]
    ]
    ends = [at for at, _ in starts[1:]] + [2**40]
    return [(at, end, shift) for (at, shift), end in zip(starts, ends, strict=True)]


STATEMENTS = [
    """CREATE TEMP TABLE oracle_lead AS
    SELECT id, COALESCE(merged_into_id, id) AS root, COALESCE(owner_id, -1) AS who,
           trade, source, [created] AS at
    FROM leads_lead""",
    "CREATE INDEX oracle_lead_id ON oracle_lead (id)",
    """CREATE TEMP TABLE oracle_hand AS
    SELECT lead_id AS lead, id, [occurred] AS at,
           COALESCE(CAST(data ->> 'from' AS BIGINT), -1) AS giver
    FROM leads_threadevent WHERE kind = 'lead.assigned'""",
    "CREATE INDEX oracle_hand_lead ON oracle_hand (lead, at)",
    # every event with its day, hour and owner at that moment, and what is read of its data
    """CREATE TEMP TABLE oracle_event AS
    WITH plain AS (
        SELECT e.id, e.lead_id AS lead, e.kind, [occurred] AS at, e.actor, e.channel, e.data
        FROM leads_threadevent e
    )
    SELECT e.id, l.root, e.kind, e.at, e.channel, (e.at + z.shift) / 86400 AS day,
        (((e.at + z.shift) / 86400 + 3) % 7) * 24 + ((e.at + z.shift) % 86400) / 3600 AS slot,
        COALESCE((
            SELECT h.giver FROM oracle_hand h WHERE h.lead = e.lead AND h.at > e.at
            ORDER BY h.at, h.id LIMIT 1
        ), l.who) AS who,
        CASE WHEN e.actor LIKE 'user:%' THEN CAST(SUBSTR(e.actor, 6) AS BIGINT) END AS doer,
        CAST(e.data ->> 'touch' AS BIGINT) AS touch, e.data ->> 'kind' AS sort,
        COALESCE(CAST(e.data ->> 'delayed' AS TEXT), '') IN ('1', 'true') AS delayed,
        COALESCE(CAST(e.data ->> 'edited' AS TEXT), '') IN ('1', 'true') AS edited,
        COALESCE(CAST(e.data ->> 'machine' AS TEXT), '') IN ('1', 'true') AS machine,
        e.data ->> 'outcome' AS outcome, e.data ->> 'reason' AS reason,
        CAST(e.data ->> 'event' AS BIGINT) AS about, e.data ->> 'disposition' AS class,
        COALESCE(e.data ->> 'automatic', '') AS automatic,
        CAST(e.data ->> 'to' AS TEXT) AS target, CAST(e.data ->> 'deal' AS BIGINT) AS deal,
        CAST(e.data ->> 'task' AS BIGINT) AS task,
        e.data ->> 'stage' AS stage, e.data ->> 'currency' AS currency,
        CAST(ROUND(CAST(e.data ->> 'value' AS NUMERIC) * 100) AS BIGINT) AS cents
    FROM plain e
    JOIN oracle_lead l ON l.id = e.lead
    JOIN oracle_zone z ON e.at >= z.since AND e.at < z.til""",
    "CREATE INDEX oracle_event_touch ON oracle_event (touch, kind)",
    "CREATE INDEX oracle_event_kind ON oracle_event (kind)",
    "CREATE INDEX oracle_event_task ON oracle_event (task)",
    "CREATE INDEX oracle_event_deal ON oracle_event (deal)",
    "CREATE INDEX oracle_event_root ON oracle_event (root)",
    # what was done for a task before the task was taken up again
    """CREATE TEMP TABLE oracle_undone AS
    SELECT DISTINCT d.id FROM oracle_event d JOIN oracle_event r ON r.task = d.task
    WHERE r.kind = 'task.reopened' AND (r.at, r.id) > (d.at, d.id)""",
    # --- what they wrote: only the newest class of a message counts
    """CREATE TEMP TABLE oracle_class AS
    SELECT about, class, automatic, doer IS NOT NULL AS person FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY about ORDER BY id DESC) AS place
        FROM oracle_event WHERE kind = 'reply.classified'
    ) ranked WHERE place = 1""",
    """CREATE TEMP TABLE oracle_word AS
    SELECT e.id, e.root, e.at, e.day, e.slot, e.who, e.channel
    FROM oracle_event e LEFT JOIN oracle_class c ON c.about = e.id
    WHERE (e.kind = 'reply.received' AND (c.about IS NULL OR (
              c.class NOT IN ('out_of_office', 'bounce') AND (c.automatic = '' OR c.person))))
       OR (e.kind = 'autoreply.received' AND c.class NOT IN ('out_of_office', 'bounce')
           AND c.person)""",
    "CREATE INDEX oracle_word_root ON oracle_word (root)",
    # --- what we sent: a touch once, each call
    """CREATE TEMP TABLE oracle_message AS
    SELECT m.id, m.root, m.at, m.day, m.who, m.touch, m.edited, m.outcome,
        m.kind = 'call.logged' AS call,
        CASE WHEN m.kind = 'call.logged' THEN 'phone' ELSE m.channel END AS channel,
        EXISTS (
            SELECT 1 FROM oracle_event b WHERE b.touch = m.touch AND (b.kind = 'touch.undelivered'
            OR (b.kind = 'touch.bounced' AND NOT b.delayed AND b.sort <> 'complaint'))
        ) AS bounced,
        EXISTS (
            SELECT 1 FROM oracle_event c WHERE c.touch = m.touch AND c.kind = 'link.clicked'
        ) AS clicked,
        EXISTS (
            SELECT 1 FROM oracle_event c WHERE c.touch = m.touch AND (c.kind = 'touch.read'
            OR c.kind = 'link.clicked' OR (c.kind = 'mail.opened' AND NOT c.machine))
        ) AS looked,
        COALESCE(n.sequence_id, 0) AS sequence,
        CASE WHEN n.id IS NULL THEN ''
             ELSE COALESCE(REPLACE(CAST(t.step_key AS TEXT), '-', ''), '') END AS step,
        COALESCE(v.label, '') AS variant
    FROM (
        SELECT *, ROW_NUMBER() OVER (
            PARTITION BY CASE WHEN touch IS NULL OR kind = 'call.logged' THEN -id ELSE touch END
            ORDER BY at, id
        ) AS place
        FROM oracle_event
        WHERE kind IN ('touch.sent', 'linkedin.done', 'touch.done', 'call.logged')
          AND COALESCE(sort, '') <> 'confirmation'
          AND NOT EXISTS (SELECT 1 FROM oracle_undone u WHERE u.id = oracle_event.id)
    ) m
    LEFT JOIN outreach_touch t ON t.id = m.touch
    LEFT JOIN outreach_enrollment n ON n.id = t.enrollment_id
    LEFT JOIN outreach_variant v ON v.id = t.variant_id
    WHERE m.place = 1""",
    "CREATE INDEX oracle_message_root ON oracle_message (root)",
    # each delivered message, and whether an answer came before the next one of its channel
    """CREATE TEMP TABLE oracle_told AS
    SELECT d.*, d.channel NOT IN ('phone', 'post') AND EXISTS (
        SELECT 1 FROM oracle_word w WHERE w.root = d.root AND w.channel = d.channel
        AND (w.at, w.id) > (d.at, d.id) AND (w.at, w.id) < (d.next_at, d.next_id)
    ) AS answered,
    CASE WHEN d.call THEN d.outcome IN ('reached', 'call_back', 'meeting')
         ELSE d.looked END AS seen
    FROM (
        SELECT m.*,
            COALESCE(LEAD(at) OVER later, 1099511627776) AS next_at,
            COALESCE(LEAD(id) OVER later, 0) AS next_id
        FROM oracle_message m WHERE NOT bounced
        WINDOW later AS (PARTITION BY root, channel ORDER BY at, id)
    ) d""",
    "CREATE INDEX oracle_told_root ON oracle_told (root)",
    # --- stops and meetings, each with our last delivered message before
    """CREATE TEMP TABLE oracle_turn AS
    SELECT 'optouts' AS metric, id, root, at, day, who, (
        SELECT t.id FROM oracle_told t WHERE t.root = s.root AND (t.at, t.id) < (s.at, s.id)
        ORDER BY t.at DESC, t.id DESC LIMIT 1
    ) AS after FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY root, day ORDER BY at, id) AS place
        FROM oracle_event WHERE kind = 'lead.suppressed' AND reason = 'opted_out'
    ) s WHERE place = 1
    UNION ALL
    SELECT 'meetings', id, root, at, day, who, (
        SELECT t.id FROM oracle_told t WHERE t.root = s.root AND (t.at, t.id) < (s.at, s.id)
        ORDER BY t.at DESC, t.id DESC LIMIT 1
    ) FROM oracle_event s WHERE kind = 'meeting.booked'""",
    # --- how long they waited for us: their first word after our last, until our next
    """CREATE TEMP TABLE oracle_answer AS
    SELECT root, day, who, channel, until - at AS seconds FROM (
        SELECT talk.*, LAG(theirs) OVER place AS before,
            MIN(CASE WHEN theirs = 0 THEN at END) OVER (
                PARTITION BY root ORDER BY at, id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
            ) AS until
        FROM (
            SELECT 1 AS theirs, id, root, at, day, who, channel FROM oracle_word
            UNION ALL SELECT 1, id, root, at, day, who, 'form' FROM oracle_event
            WHERE kind = 'lead.inquired'
            UNION ALL SELECT 0, id, root, at, day, who, channel FROM oracle_message
        ) talk
        WINDOW place AS (PARTITION BY root ORDER BY at, id)
    ) turns
    WHERE theirs = 1 AND COALESCE(before, 0) = 0 AND until IS NOT NULL""",
    # --- deals: how each stands, its day and owner, and what was told of it last
    """CREATE TEMP TABLE oracle_deal AS
    SELECT e.deal, e.root, e.day, e.who, e.kind, told.cents, told.currency FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY deal ORDER BY at, id) AS place
        FROM oracle_event w WHERE kind IN ('deal.won', 'deal.lost') AND NOT EXISTS (
            SELECT 1 FROM oracle_event o WHERE o.deal = w.deal AND (o.at, o.id) > (w.at, w.id)
            AND o.kind IN ('deal.won', 'deal.lost', 'deal.reopened') AND o.kind <> w.kind
        )
    ) e JOIN (
        SELECT deal, cents, currency, ROW_NUMBER() OVER (
            PARTITION BY deal ORDER BY at DESC, id DESC) AS place
        FROM oracle_event WHERE kind LIKE 'deal.%' AND cents IS NOT NULL
    ) told ON told.deal = e.deal AND told.place = 1
    WHERE e.place = 1""",
]
