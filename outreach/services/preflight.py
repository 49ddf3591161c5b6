"""Before the first mail: does the world believe that this domain's mail is ours?

Each check says what was found, what it means, and the exact record to paste where one can be
known. What no server answered is "unknown", never "missing". Sources of the rules: docs/mail.md.
"""

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from leads.intake.places import FREE_MAIL
from outreach.mail import dns_records as records
from outreach.models import Enrollment, Mailbox, Task
from outreach.services import worklist
from salesagent.accounts.models import Workspace
from salesagent.lib import dns

OK, WARN, BAD, UNKNOWN = "ok", "warn", "bad", "unknown"
RECHECK = timedelta(days=1)
DEPTH = 12  # SPF records that are followed; ten is the limit of the standard
SILENT = 3  # names in a row of questions without an answer: somebody waits for the page

# host that takes our mail -> (its include for SPF, its usual DKIM selectors, where to make a key).
# Sources: the providers' help pages.
GOOGLE = (
    "_spf.google.com",
    ("google",),
    "Google Admin console, Apps, Google Workspace, Gmail, Authenticate email.",
)
PROVIDERS = {
    "gmail.com": GOOGLE,
    "google.com": GOOGLE,
    "office365.com": (
        "spf.protection.outlook.com",
        ("selector1", "selector2"),
        "Microsoft Defender portal, Policies, Email authentication, DKIM.",
    ),
    "outlook.com": (
        "spf.protection.outlook.com",
        ("selector1", "selector2"),
        "Microsoft Defender portal, Policies, Email authentication, DKIM.",
    ),
    "me.com": ("icloud.com", ("sig1",), "iCloud settings, Custom Email Domain."),
    "fastmail.com": (
        "spf.messagingengine.com",
        ("fm1", "fm2", "fm3"),
        "Fastmail, Settings, Domains.",
    ),
    "zoho.com": ("zohomail.com", ("zmail", "zoho"), "Zoho Mail Admin console, Domains, DKIM."),
    "zoho.eu": ("zohomail.eu", ("zmail", "zoho"), "Zoho Mail Admin console, Domains, DKIM."),
    "ionos.com": ("_spf-us.ionos.com", ("s1-ionos", "s2-ionos"), "IONOS, Domains, DNS."),
    "ionos.de": ("_spf.perfora.net", ("s1-ionos", "s2-ionos"), "IONOS, Domains, DNS."),
    "protonmail.ch": (
        "_spf.protonmail.ch",
        ("protonmail", "protonmail2", "protonmail3"),
        "Proton Mail, Settings, Domain names.",
    ),
}
COMMON_SELECTORS = ("default", "dkim", "mail", "s1", "s2", "k1", "selector1", "google")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `record`: {name, type, value} to paste, empty without one."""

    code: str
    level: str
    title: str
    text: str
    record: dict[str, str] = field(default_factory=dict)


def run(mailbox: Mailbox) -> list[Check]:
    """Look at everything and keep it with the mailbox. A dozen DNS questions, some seconds."""
    checks = _checks(mailbox)
    found = {"checks": [asdict(check) for check in checks]}
    for kept in ("signed", "signed_at"):
        if kept in mailbox.preflight:
            found[kept] = mailbox.preflight[kept]
    Mailbox.objects.filter(pk=mailbox.pk).update(preflight=found, preflight_at=timezone.now())
    mailbox.preflight = found
    return checks


def last(mailbox: Mailbox) -> list[Check]:
    """What the last look found; empty before the first."""
    return [Check(**check) for check in mailbox.preflight.get("checks", [])]


def _checks(mailbox: Mailbox) -> list[Check]:
    if mailbox.domain in FREE_MAIL:
        own = Check(
            "domain",
            WARN,
            "Not your own domain",
            f"{mailbox.domain} belongs to the mail provider, who keeps its records in order. For "
            "sequences use an address of your own domain: people trust it more, and so do filters.",
        )
        return [own, *_house(mailbox)]
    return [
        _mx(mailbox.domain),
        _spf(mailbox),
        _dkim(mailbox),
        _dmarc(mailbox),
        *_reverse(mailbox),
        *_house(mailbox),
    ]


# --- the domain's records ------------------------------------------------------------------------


def _not_known(code: str, title: str) -> Check:
    return Check(code, UNKNOWN, title, "No name server answered in time. Check again later.")


def _mx(domain: str) -> Check:
    found = dns.ask(domain, "MX")
    if not found.known:
        return _not_known("mx", "MX, who takes your mail")
    hosts = [text.split()[-1].rstrip(".") for text in found.texts if text.split()]
    if any(text.split()[-1] in (".", "0") for text in found.texts if text.split()):
        text = "The domain says that it takes no mail (null MX). Answers could not arrive."
        return Check("mx", BAD, "MX, who takes your mail", text)
    if hosts:
        return Check("mx", OK, "MX, who takes your mail", f"Answers go to {hosts[0]}.")
    if dns.ask(domain, "A").texts:
        text = "There is no MX record; mail falls back to the web server. Ask your provider."
        return Check("mx", WARN, "MX, who takes your mail", text)
    text = "There is no MX record. Answers could not arrive, and many servers refuse your mail."
    return Check("mx", BAD, "MX, who takes your mail", text)


def provider_of(mailbox: Mailbox) -> tuple[str, tuple[str, ...], str] | None:
    """SPF include, DKIM selectors and where to find the key, for a provider we know."""
    if mailbox.transport == Mailbox.Transport.GMAIL:
        return GOOGLE
    host = mailbox.smtp_host.lower().rstrip(".")
    return next(
        (what for name, what in PROVIDERS.items() if host == name or host.endswith(f".{name}")),
        None,
    )


def _spf(mailbox: Mailbox) -> Check:
    """One record, that lets our server send, within ten look-ups, and refuses strangers."""
    title, domain = "SPF, who may send for you", mailbox.domain
    found = dns.ask(domain, "TXT")
    if not found.known:
        return _not_known("spf", title)
    texts = records.spf_texts(found.texts)
    provider = provider_of(mailbox)
    include = provider[0] if provider else ""
    if not texts:
        value = records.with_include("", include or _own_include(mailbox))
        guess = "" if include else " What follows include: is a guess; your provider knows it."
        return Check("spf", BAD, title, f"There is no SPF record.{guess}", _txt(domain, value))
    if len(texts) > 1:
        text = f"There are {len(texts)} SPF records; servers take that for none. Keep one."
        return Check("spf", BAD, title, text)
    spf, (seen, lookups) = records.read_spf(texts[0]), _follow(texts[0])
    if include and include not in seen and not spf.redirect:
        text = f"It does not let {mailbox.smtp_host or 'Gmail'} send for you."
        value = records.with_include(texts[0], include)
        return Check("spf", BAD, title, text, _txt(domain, value))
    return _spf_end(title, domain, texts[0], spf, lookups)


def _spf_end(title: str, domain: str, text: str, spf: records.Spf, lookups: int) -> Check:
    if lookups > records.LOOKUPS:
        why = f"It needs {lookups} look-ups; servers stop at {records.LOOKUPS}. Drop old services."
        return Check("spf", BAD, title, why)
    if spf.all == "+":
        words = [word for word in text.split() if word.lower() not in ("all", "+all")]
        value = " ".join([*words, "~all"])
        why = "It ends with +all: anybody may send in your name."
        return Check("spf", BAD, title, why, _txt(domain, value))
    if spf.all in ("", "?") and not spf.redirect:
        words = [word for word in text.split() if not word.lower().endswith("all")]
        value = " ".join([*words, "~all"])
        why = "It does not say what to do with mail from elsewhere."
        return Check("spf", WARN, title, why, _txt(domain, value))
    return Check("spf", OK, title, text)


def _follow(text: str) -> tuple[frozenset[str], int]:
    """Every domain that is included, near or far, and how many look-ups the whole takes."""
    seen: set[str] = set()
    waiting, lookups, left, silent = [text], 0, DEPTH, 0
    while waiting:
        spf = records.read_spf(waiting.pop())
        lookups += spf.lookups
        for name in (*spf.includes, spf.redirect):
            if not name or name in seen:
                continue
            seen.add(name)
            if left and silent < SILENT:
                found = dns.ask(name, "TXT")
                left, silent = left - 1, silent + (not found.known)
                waiting += records.spf_texts(found.texts)[:1]
    return frozenset(seen), lookups


def _own_include(mailbox: Mailbox) -> str:
    """For a provider we do not know: its own record, which such a name usually holds."""
    host = mailbox.smtp_host.lower()
    return "_spf." + ".".join(host.split(".")[-2:]) if host.count(".") else "_spf.your-provider"


def _txt(name: str, value: str) -> dict[str, str]:
    return {"name": name, "type": "TXT", "value": value}


def _dkim(mailbox: Mailbox) -> Check:
    title, domain = "DKIM, your signature", mailbox.domain
    provider = provider_of(mailbox)
    given = (mailbox.dkim_selector,) if mailbox.dkim_selector else ()
    usual = provider[1] if provider else COMMON_SELECTORS
    silent = 0
    for selector in given or usual:
        if silent >= SILENT:
            break
        found = dns.ask(f"{selector}._domainkey.{domain}", "TXT")
        silent += not found.known
        if key := next((text for text in found.texts if records.is_dkim(text)), ""):
            return _dkim_key(title, selector, key)
    if silent:
        return _not_known("dkim", title)
    where = provider[2] if provider else "Your provider's help says where."
    if given:
        text = f"There is no key at {given[0]}._domainkey.{domain}. {where}"
        return Check("dkim", BAD, title, text)
    tried = f" (looked for {', '.join(usual)})"
    what = "Switch DKIM on at the provider and publish the record it shows."
    text = f"No key was found{tried}. {what} {where}"
    return Check("dkim", BAD if provider else WARN, title, text)


def _dkim_key(title: str, selector: str, key: str) -> Check:
    if not records.tags(key).get("p"):
        return Check("dkim", BAD, title, f"The key “{selector}” was withdrawn (p= is empty).")
    bits = records.key_bits(key)
    if 0 < bits < 1024:
        return Check("dkim", BAD, title, f"The key “{selector}” is too short ({bits} bits).")
    if bits == 1024:
        text = f"The key “{selector}” has 1024 bits. It counts; 2048 are better."
        return Check("dkim", OK, title, text)
    return Check("dkim", OK, title, f"The key “{selector}” is published.")


def _dmarc(mailbox: Mailbox) -> Check:
    title, domain = "DMARC, what to do with forgeries", mailbox.domain
    for name in records.parents(domain):
        found = dns.ask(f"_dmarc.{name}", "TXT")
        if not found.known:
            return _not_known("dmarc", title)
        texts = [text for text in found.texts if records.is_dmarc(text)]
        if len(texts) > 1:
            return Check("dmarc", BAD, title, "There are several records; none counts. Keep one.")
        if texts:
            return _dmarc_says(title, name, domain, texts[0])
    record = _txt(f"_dmarc.{domain}", records.dmarc_record(mailbox.address))
    text = "There is no DMARC record. Google and Yahoo want one of everybody who sends a lot."
    return Check("dmarc", BAD, title, text, record)


def _dmarc_says(title: str, name: str, domain: str, text: str) -> Check:
    found = records.tags(text)
    wanted = found.get("p", "").lower()
    if name != domain:
        wanted = found.get("sp", wanted).lower()
    if wanted not in ("none", "quarantine", "reject"):
        return Check("dmarc", BAD, title, "The record has no policy (p=none at least).")
    where = "" if name == domain else f" at {name}"
    return Check("dmarc", OK, title, f"The policy{where} is {wanted}.")


def _reverse(mailbox: Mailbox) -> list[Check]:
    """PTR of an own mail server; a provider's sending hosts cannot be known from here."""
    title, host = "PTR, the name of your server", mailbox.smtp_host.lower().rstrip(".")
    if not host.endswith(f".{mailbox.domain}") and host != mailbox.domain:
        return []
    if provider_of(mailbox):
        return []
    addresses = dns.ask(host, "A")
    if not addresses.known or not addresses.texts:
        return [_not_known("ptr", title)]
    names = dns.ask_reverse(addresses.texts[0])
    if not names.known:
        return [_not_known("ptr", title)]
    if not names.texts:
        text = f"{addresses.texts[0]} has no name. Many servers refuse its mail. Ask the host."
        return [Check("ptr", BAD, title, text)]
    name = names.texts[0].rstrip(".")
    if addresses.texts[0] not in dns.ask(name, "A").texts:
        text = f"{addresses.texts[0]} is called {name}, which points elsewhere."
        return [Check("ptr", WARN, title, text)]
    return [Check("ptr", OK, title, f"{addresses.texts[0]} is {name}.")]


# --- our own house -------------------------------------------------------------------------------


def _house(mailbox: Mailbox) -> list[Check]:
    return [_one_click(mailbox), _postal(), *_basis(mailbox)]


def _one_click(mailbox: Mailbox) -> Check:
    """RFC 8058: https, and the signature has to cover both headers (seen on our own test mail)."""
    title = "One-click unsubscribe"
    if not settings.SITE_URL.startswith("https://"):
        text = "The stop link works, but one-click needs SITE_URL to be https and reachable."
        return Check("one_click", WARN, title, text)
    if "signed" not in mailbox.preflight:
        text = "Send a test to yourself: its signature shows whether both headers are covered."
        return Check("one_click", UNKNOWN, title, text)
    missing = {"list-unsubscribe", "list-unsubscribe-post"} - set(mailbox.preflight["signed"])
    if missing:
        text = f"The signature of your provider does not cover {' and '.join(sorted(missing))}."
        return Check("one_click", WARN, title, text)
    return Check("one_click", OK, title, "Both headers are there, and the signature covers them.")


def _postal() -> Check:
    title = "Postal address"
    if Workspace.current().postal_address.strip():
        return Check("postal", OK, title, "It stands under each mail.")
    text = "It is missing. No mail goes out before: Settings, Company and sending."
    return Check("postal", BAD, title, text)


def _basis(mailbox: Mailbox) -> list[Check]:
    title, today = "Lawful basis", timezone.localdate()
    running = Enrollment.objects.filter(
        mailbox=mailbox, state__in=[Enrollment.State.ACTIVE, Enrollment.State.PAUSED]
    )
    lacking = running.filter(Q(lead__lawful_basis="") | Q(lead__basis_expires_at__lt=today)).count()
    if not lacking:
        return [Check("basis", OK, title, "Recorded for everybody in a sequence.")]
    people = "1 person" if lacking == 1 else f"{lacking} people"
    text = f"{people} in a sequence without one, or with one that has expired: they get nothing."
    return [Check("basis", WARN, title, text)]


# --- over time -----------------------------------------------------------------------------------


def note_signature(mailbox: Mailbox, signature: str) -> None:
    """A DKIM-Signature as it came back on our own mail: which headers it covers."""
    names = sorted(records.signed_headers(signature))
    if names:
        mailbox.preflight = {
            **mailbox.preflight,
            "signed": names,
            "signed_at": timezone.now().isoformat(),
        }
        Mailbox.objects.filter(pk=mailbox.pk).update(preflight=mailbox.preflight)


def check_all() -> int:
    """Look again at what was looked at before; a record that broke is a task. How many."""
    before = timezone.now() - RECHECK
    boxes = Mailbox.objects.filter(preflight_at__lt=before).exclude(state=Mailbox.State.OFF)
    done = 0
    for mailbox in boxes.select_related("user").defer("password"):
        was = {check.code: check.level for check in last(mailbox)}
        now_bad = [c for c in run(mailbox) if c.level == BAD and was.get(c.code) == OK]
        for check in now_bad:
            _tell(mailbox, check)
        done += 1
    return done


def _tell(mailbox: Mailbox, check: Check) -> None:
    worklist.add(
        Task.Kind.ATTENTION,
        owner=mailbox.user,
        title=f"A record of {mailbox.domain} changed",
        why=f"{check.title}: {check.text}",
        channel="email",
        dedupe_key=f"preflight:{mailbox.pk}:{check.code}:{timezone.localdate():%Y%m%d}",
    )


def summary(mailbox: Mailbox) -> dict[str, Any]:
    """For the mailbox's page: the worst level and what to say about it."""
    checks = last(mailbox)
    if not checks:
        return {"level": UNKNOWN, "text": "Not checked yet"}
    bad = [check.title.partition(",")[0] for check in checks if check.level == BAD]
    if bad:
        return {"level": BAD, "text": f"{', '.join(bad)} to put right"}
    warn = [check.title.partition(",")[0] for check in checks if check.level == WARN]
    if warn:
        return {"level": WARN, "text": f"{', '.join(warn)} could be better"}
    return {"level": OK, "text": "All in order"}
