"""From the oracle's tables to one table of facts, still in SQL."""

INTO = "INSERT INTO oracle_fact (metric, root, day, who, channel, slot, n, cents, seconds)"
STEPS = "INSERT INTO oracle_fact (metric, root, day, who, channel, sequence, step, variant,"
STEPS += " seconds)"
WAITED = "COALESCE(at - LAG(at) OVER (PARTITION BY root, sequence ORDER BY at, id), 0)"
RANK = """CASE {} WHEN 'new' THEN 0 WHEN 'contacted' THEN 1 WHEN 'engaged' THEN 2
    WHEN 'meeting' THEN 3 WHEN 'proposal' THEN 4 WHEN 'won' THEN 5 END"""
MOVES = "('deal.opened', 'deal.moved', 'deal.reopened')"
CAME = "('lead.created', 'lead.imported', 'lead.pulled', 'lead.inquired')"

SUMS = [
    """CREATE TEMP TABLE oracle_fact (
    metric TEXT, root BIGINT, day BIGINT, who BIGINT, channel TEXT DEFAULT '',
    slot BIGINT DEFAULT -1, sequence BIGINT DEFAULT 0, step TEXT DEFAULT '',
    variant TEXT DEFAULT '', n BIGINT DEFAULT 1, cents BIGINT DEFAULT 0, seconds BIGINT DEFAULT 0
    )"""
]


def _plain(metric: str, table: str, where: str = "1 = 1", channel: str = "channel") -> None:
    SUMS.append(
        f"{INTO} SELECT '{metric}', root, day, who, {channel}, -1, 1, 0, 0 "  # noqa: S608
        f"FROM oracle_{table} WHERE {where}"
    )


def _step(metric: str, table: str, where: str, seconds: str) -> None:
    SUMS.append(
        f"{STEPS} SELECT 'step.{metric}', root, day, who, channel, sequence, step, variant, "  # noqa: S608
        f"{seconds} FROM oracle_{table} WHERE {where} AND sequence <> 0 AND step <> ''"
    )


for name, kept, condition in (
    ("sent", "message", "1 = 1"),
    ("bounced", "message", "bounced"),
    ("delivered", "told", "1 = 1"),
    ("seen", "told", "seen"),
    ("clicked", "told", "clicked"),
    ("answered", "told", "answered"),
):
    _plain(name, kept, condition)
    _step(name, kept, condition, WAITED if name == "sent" else "0")
_plain("edited", "message", "edited")
_plain("replies", "word")
_plain("complaints", "event", "kind = 'touch.bounced' AND sort = 'complaint'")
_plain("meetings.cancelled", "event", "kind = 'meeting.cancelled'", "''")
_plain("enquiries", "event", "kind = 'lead.inquired'", "''")
_plain("drafted", "event", "kind = 'touch.drafted'")
_plain("paused", "event", "kind = 'enrollment.paused' AND doer IS NULL", "reason")

SUMS += [
    f"""{INTO} SELECT r.metric, r.root, r.day, r.who, COALESCE(t.channel, ''), -1, 1, 0, 0
    FROM oracle_turn r LEFT JOIN oracle_told t ON t.id = r.after""",  # noqa: S608
    f"""{STEPS} SELECT 'step.' || r.metric, r.root, r.day, r.who, t.channel, t.sequence, t.step,
    t.variant, 0 FROM oracle_turn r JOIN oracle_told t ON t.id = r.after
    WHERE t.sequence <> 0 AND t.step <> ''""",  # noqa: S608
    f"""{INTO} SELECT 'slot.replies', root, day, who, '', slot, 1, 0, 0 FROM oracle_word""",  # noqa: S608
    f"""{INTO} SELECT 'answer.time', root, day, who, channel, CASE WHEN seconds <= 300 THEN 0
    WHEN seconds <= 3600 THEN 1 WHEN seconds <= 14400 THEN 2 WHEN seconds <= 86400 THEN 3
    ELSE 4 END, 1, 0, seconds FROM oracle_answer""",  # noqa: S608
    f"""{INTO} SELECT SUBSTR(kind, 7), root, day, doer, channel, -1, 1, 0, 0
    FROM oracle_event WHERE kind IN ('touch.approved', 'touch.skipped')
    AND doer IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM oracle_undone u WHERE u.id = oracle_event.id)
    AND NOT EXISTS (
        SELECT 1 FROM oracle_event b WHERE b.kind = 'touch.unapproved'
        AND b.touch = oracle_event.touch AND b.root = oracle_event.root
        AND (b.at, b.id) > (oracle_event.at, oracle_event.id))""",  # noqa: S608
    # a line of Today once, whatever closed it
    f"""{INTO} SELECT 'tasks', root, day, doer, channel, -1, 1, 0, 0 FROM (
        SELECT e.*, ROW_NUMBER() OVER (
            PARTITION BY root, COALESCE(NULLIF(task, 0), -id) ORDER BY at, id
        ) AS place
        FROM oracle_event e WHERE doer IS NOT NULL
        AND (kind = 'task.done' OR NULLIF(task, 0) IS NOT NULL AND kind IN
            ('call.logged', 'linkedin.done', 'touch.done', 'touch.approved'))
        AND NOT EXISTS (SELECT 1 FROM oracle_undone u WHERE u.id = e.id)
        AND NOT (kind = 'touch.approved' AND EXISTS (
            SELECT 1 FROM oracle_event b WHERE b.kind = 'touch.unapproved' AND b.touch = e.touch
            AND b.root = e.root AND (b.at, b.id) > (e.at, e.id)))
    ) closed WHERE place = 1""",  # noqa: S608
    f"""{INTO} SELECT 'opened', root, day, who, currency, -1, 1, cents, 0 FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY deal ORDER BY at, id) AS place
        FROM oracle_event WHERE kind = 'deal.opened'
    ) first WHERE place = 1""",  # noqa: S608
    f"""{INTO} SELECT SUBSTR(kind, 6), root, day, who, currency, -1, 1, cents, 0
    FROM oracle_deal""",  # noqa: S608
    # --- the funnel
    f"""CREATE TEMP TABLE oracle_stage AS
    SELECT s.root, s.target FROM oracle_event s
    WHERE s.kind = 'lead.stage_changed' AND NOT EXISTS (
        SELECT 1 FROM oracle_event o WHERE o.kind = s.kind AND o.root = s.root
        AND (o.at, o.id) > (s.at, s.id) AND CASE WHEN s.target = 'lost' THEN o.target <> 'lost'
        ELSE {RANK.format("o.target")} < {RANK.format("s.target")} END
    )""",  # noqa: S608
    f"""CREATE TEMP TABLE oracle_reach AS
    SELECT root, 1 AS far FROM oracle_message
    UNION SELECT root, 2 FROM oracle_word
    UNION SELECT root, 3 FROM oracle_event WHERE kind = 'meeting.booked'
    UNION SELECT root, CASE target WHEN 'meeting' THEN 3 WHEN 'proposal' THEN 4 ELSE 5 END
        FROM oracle_stage WHERE target IN ('meeting', 'proposal', 'won')
    UNION SELECT root, 4 FROM (
        SELECT root, COALESCE(target, stage) AS now,
            ROW_NUMBER() OVER (PARTITION BY deal ORDER BY at DESC, id DESC) AS place
        FROM oracle_event WHERE kind IN {MOVES}
    ) moved WHERE place = 1 AND now IN ('proposal', 'negotiation')
    UNION SELECT root, 5 FROM oracle_deal WHERE kind = 'deal.won'""",  # noqa: S608
    f"""CREATE TEMP TABLE oracle_come AS
    SELECT c.root, k.who, (c.at + z.shift) / 86400 AS day,
        COALESCE((SELECT MAX(far) FROM oracle_reach r WHERE r.root = c.root), 0) AS far,
        EXISTS (SELECT 1 FROM oracle_stage s WHERE s.root = c.root AND s.target = 'lost') AS lost,
        EXISTS (
            SELECT 1 FROM oracle_event b WHERE b.root = c.root AND b.kind = 'meeting.booked'
        ) AS booked
    FROM (
        SELECT root, MIN(at) AS at FROM (
            SELECT root, at FROM oracle_lead
            UNION ALL SELECT root, at FROM oracle_event WHERE kind IN {CAME}
            UNION ALL SELECT root, at FROM oracle_message UNION ALL SELECT root, at FROM oracle_word
        ) ways GROUP BY root
    ) c
    JOIN oracle_lead k ON k.id = c.root
    JOIN oracle_zone z ON c.at >= z.since AND c.at < z.til""",  # noqa: S608
]
for place, name in enumerate(("came", "contacted", "replied", "meeting", "proposal", "won")):
    _plain(f"funnel.{name}", "come", f"far >= {place}", "''")
_plain("funnel.lost", "come", "lost", "''")
_plain("funnel.booked", "come", "booked", "''")
