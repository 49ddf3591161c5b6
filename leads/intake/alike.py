"""How likely two leads are one person, and why. Pure: no tables, no look-ups.

A shared company, switchboard or name alone makes nobody one person; two things have to fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from leads.intake.alike_names import groups, one_off, plain, sound, words
from leads.intake.clean import company_domain, name_key
from leads.intake.places import FREE_MAIL

SHOW = 60
_ROLE_NAMES = """
info sales office contact hello mail admin support team service kontakt buero post accounts billing
hr jobs marketing press enquiries inquiries reception welcome help no-reply noreply webmaster
booking reservations orders order shop
"""
ROLES = frozenset(_ROLE_NAMES.split())
_HER_ENDS = frozenset({"a", "e", "le", "la", "ne", "na", "te", "tte", "ine", "ina", "ia", "lle"})
_HIS_AND_HER = (("o", "a"), ("er", "ra"), ("an", "na"), ("us", "a"), ("as", "a"), ("e", "a"))
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "edu"})


@dataclass
class Person:
    """What of a lead is compared."""

    id: int
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    linkedin: str = ""
    company: str = ""
    domain: str = ""
    city: str = ""
    title: str = ""

    @cached_property
    def first(self) -> list[str]:
        return words(self.first_name)

    @cached_property
    def last(self) -> list[str]:
        return words(self.last_name)

    @cached_property
    def mail(self) -> str:
        return canonical(self.email)

    @cached_property
    def local(self) -> str:
        """The part before the @ without dots, where it is a person's; else nothing."""
        local = self.mail.rpartition("@")[0]
        return "" if local in ROLES else "".join(c for c in local if c.isalnum())

    @cached_property
    def number(self) -> str:
        """The last nine digits: with or without the country they are the same."""
        digits = "".join(c for c in self.phone if c.isdigit())
        return digits[-9:] if len(digits) >= 7 else ""

    @cached_property
    def profile(self) -> str:
        return self.linkedin.lower().partition("linkedin.com")[2].rstrip("/")

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The company's domains: of the address and of the company itself."""
        return frozenset(one for one in (company_domain(self.mail), self.domain) if one)

    @cached_property
    def roots(self) -> frozenset[str]:
        """ "halden" of halden.dk and halden.co.uk."""
        return frozenset(_root(host) for host in self.hosts) - {""}

    @cached_property
    def org(self) -> str:
        return plain(name_key(self.company)) if self.company else ""


class Likeness(NamedTuple):
    """`score`: 0 to 100, from SHOW on worth a look. `reasons`: in words."""

    score: int
    reasons: list[str]


NONE = Likeness(0, [])


def canonical(email: str) -> str:
    """The address as its mailbox knows it: no case, no tag, none of Gmail's dots."""
    local, _, domain = email.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}" if local else ""


def _root(host: str) -> str:
    labels = host.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    return labels[-1] if labels else ""


# --- names ---------------------------------------------------------------------------------------


def name_fit(a: Person, b: Person) -> tuple[float, str] | None:
    """How well the names fit, 0 to 1, with the reason; None when one side has no name."""
    if not (a.first or a.last) or not (b.first or b.last):
        return None
    straight = _both(a.first, a.last, b.first, b.last)
    turned = _both(a.first, a.last, b.last, b.first)
    if turned[0] * 0.97 > straight[0]:
        return turned[0] * 0.97, "First and last name swapped"
    return straight


def _both(
    first: list[str], last: list[str], first2: list[str], last2: list[str]
) -> tuple[float, str]:
    if not last and not last2:
        fit, why = _first(first, first2)
        return fit * 0.6, why or "Same first name"
    if not (first and last and first2 and last2):
        return _partly([*first, *last], [*first2, *last2])
    given, why = _first(first, first2)
    family, why2 = _last(last, last2)
    return given * family, why or why2 or "Same name"


def _partly(all1: list[str], all2: list[str]) -> tuple[float, str]:
    """One side has only a first or a last name, or all of it in one field."""
    if sorted(all1) == sorted(all2):
        return 0.99, "Same name"
    few, many = sorted((all1, all2), key=len)
    if len(few) == 1 and few[0] in many:
        return 0.5, "Part of the name is the same"
    if len(few) > 1 and set(few) <= set(many):
        return 0.95, "Same name"
    return 0.0, ""


def _first(a: list[str], b: list[str]) -> tuple[float, str]:
    if not a or not b:
        return 0.6, ""
    if a == b:
        return 1.0, ""
    one, two = a[0], b[0]
    if "".join(a) == "".join(b) or one == two:
        return 0.98, ""
    if sound("".join(a)) == sound("".join(b)) or sound(one) == sound(two):
        return 0.96, "Same name, spelled another way"
    if min(len(one), len(two)) == 1:
        return (0.78, "First name is an initial") if one[0] == two[0] else (0.0, "")
    if _man_and_woman(one, two):
        return 0.0, ""
    if groups(one) & groups(two) or _shortened(one, two):
        return 0.94, "Short or other form of the first name"
    if set(a) & set(b):
        return 0.88, "One of the first names is the same"
    if min(len(one), len(two)) > 4 and one_off(one, two):
        return 0.88, "First names differ by a letter"
    return 0.0, ""


def _shortened(a: str, b: str) -> bool:
    """Tere is Teresa; Ada is not Adam."""
    few, many = sorted((a, b), key=len)
    return len(few) > 2 and len(many) > len(few) + 1 and many.startswith(few)


def _man_and_woman(a: str, b: str) -> bool:
    """Michael and Michaela, Mario and Maria, Alexander and Alexandra are two people."""
    few, many = sorted((a, b), key=len)
    if many.startswith(few) and few != "ann" and many[len(few) :] in _HER_ENDS:
        return True
    pairs = ((a, b), (b, a))
    return any(
        x.endswith(his) and y.endswith(her) and x[: -len(his)] == y[: -len(her)]
        for his, her in _HIS_AND_HER
        for x, y in pairs
    )


def _last(a: list[str], b: list[str]) -> tuple[float, str]:
    if a == b or "".join(a) == "".join(b):
        return 1.0, ""
    one, two = "".join(a), "".join(b)
    if sound(one) == sound(two) or one.replace("off", "ov") == two.replace("off", "ov"):
        return 0.96, "Same name, spelled another way"
    if set(a) & set(b):
        return 0.88, "One of two last names is the same"
    if min(len(one), len(two)) == 1:
        return (0.75, "Last name is an initial") if one[0] == two[0] else (0.0, "")
    if f"{one}s" == two or one == f"{two}s" or _nearly(one, two):
        return 0.9, "Last names differ by a letter"
    return 0.0, ""


def _nearly(a: str, b: str) -> bool:
    if min(len(a), len(b)) > 4 and one_off(a, b):
        return True
    return min(len(a), len(b)) > 5 and one_off(sound(a), sound(b))


# --- companies -----------------------------------------------------------------------------------


def org_fit(a: Person, b: Person) -> tuple[float | None, str]:
    """1 same, less alike, 0 two companies; None when one side names none."""
    if a.hosts & b.hosts:
        return 1.0, f"Same company domain {min(a.hosts & b.hosts)}"
    if a.org and a.org == b.org:
        return 1.0, "Same company"
    if _short(a.org) and _short(a.org) in {_short(root) for root in b.roots}:
        return 0.95, "Company and domain fit"
    if _short(b.org) and _short(b.org) in {_short(root) for root in a.roots}:
        return 0.95, "Company and domain fit"
    if any(len(root) > 3 for root in a.roots & b.roots):
        return 0.9, "Company domains alike"
    if a.org and b.org:
        fit = _org_words(a.org, b.org)
        return fit, "Company names alike" if fit else ""
    known = (a.org or a.hosts) and (b.org or b.hosts)
    return (0.0 if known else None), ""


def _short(text: str) -> str:
    found = "".join(c for c in text if c.isalnum())
    return sound(found) if len(found) > 3 else ""


def _org_words(a: str, b: str) -> float:
    few, many = sorted((a.split(), b.split()), key=len)
    if set(few) <= set(many) and few[0] == many[0] and len(few[0]) > 3:
        return 0.85
    return 0.85 if min(len(a), len(b)) > 5 and one_off(_short(a), _short(b)) else 0.0


# --- both ----------------------------------------------------------------------------------------


def compare(a: Person, b: Person) -> Likeness:
    """The strongest evidence counts; each further one adds a little."""
    name = name_fit(a, b)
    fit, name_why = name if name else (None, "")
    found = [one for one in _evidence(a, b, fit, name_why) if one[0] > 0]
    if not found:
        return NONE
    found.sort(key=lambda one: -one[0])
    score = min(99, round(found[0][0] + 2 * (len(found) - 1)))
    reasons = [why for _, why in found]
    if fit and fit >= 0.5 and name_why not in " ".join(reasons):
        reasons.append(name_why)
    return Likeness(score, reasons[:4])


def _evidence(
    a: Person, b: Person, fit: float | None, name_why: str
) -> Iterator[tuple[float, str]]:
    org, org_why = org_fit(a, b)
    if a.mail and a.mail == b.mail:
        yield _by_mail(a, fit), "Same mailbox: the addresses differ by a tag, dots or case"
    if a.profile and a.profile == b.profile:
        yield (96 if fit is None or fit >= 0.5 else 66), "Same LinkedIn profile"
    if a.number and a.number == b.number:
        yield _by_phone(a, b, fit, org), "Same phone number"
    if fit is None or fit < 0.5:
        return
    if org:
        yield _by_company(a, b, fit, org), f"{name_why}, {org_why[0].lower()}{org_why[1:]}"
    if fit >= 0.9:
        yield from _by_name(a, b, org, name_why)


def _by_mail(a: Person, fit: float | None) -> float:
    if fit is None or fit >= 0.5:
        return 97
    return 20 if a.mail.rpartition("@")[0] in ROLES else 50


def _by_phone(a: Person, b: Person, fit: float | None, org: float | None) -> float:
    """A number is a switchboard's until the name fits as well."""
    if fit is None:
        return 0 if org == 0 or (a.first or a.last) and (b.first or b.last) else 66
    if fit >= 0.7:
        return 92
    if fit >= 0.45:
        return 0 if _is_role(a) or _is_role(b) else 76
    same_first = bool(a.first and b.first) and _first(a.first, b.first)[0] >= 0.94
    return 62 if same_first and org and a.title and a.title == b.title else 0


def _is_role(a: Person) -> bool:
    return a.mail.rpartition("@")[0] in ROLES


def _by_company(a: Person, b: Person, fit: float, org: float) -> float:
    score = 90 * fit * (0.9 + 0.1 * org)
    if fit <= 0.6:
        score = 54 * (fit / 0.6)
    score -= _apart(a, b)
    if a.city and b.city and plain(a.city) != plain(b.city):
        score -= 7
    if a.title and b.title:
        score += 3 if plain(a.title) == plain(b.title) else -3
    return score


def _apart(a: Person, b: Person) -> float:
    """What two addresses at one company take away: a number tells them apart, each one's own first
    name, or letters that are in neither name."""
    if not (a.local and b.local) or a.local == b.local:
        return 0
    host, host2 = a.mail.rpartition("@")[2], b.mail.rpartition("@")[2]
    if host != host2 or host in FREE_MAIL:
        return 0
    digits, digits2 = ("".join(c for c in one.local if c.isdigit()) for one in (a, b))
    if digits != digits2:
        return 24
    own = [one.first and len(one.first[0]) > 2 and one.first[0] in one.local for one in (a, b)]
    if all(own):
        return 0 if sound(a.first[0]) == sound(b.first[0]) else 26
    return 0 if _fits(a.local, a, b) and _fits(b.local, a, b) else 18


def _fits(local: str, *people: Person) -> bool:
    """Whether an address is made of the names of one of them: mkowalska, kowalska, marta.k."""
    for one in people:
        first, last = "".join(one.first), "".join(one.last)
        begin, end = first[:1], last[:1]
        forms = {first, last, first + last, last + first, begin + last, last + begin, first + end}
        forms |= {f"{one.first[0]}{last}" if one.first else "", begin + end, end + first}
        if local in forms - {""} or sound(local) in {sound(form) for form in forms if form}:
            return True
    return False


def _by_name(a: Person, b: Person, org: float | None, name_why: str) -> Iterator[tuple[float, str]]:
    """The same name, and something that is rarely shared by two people of one name."""
    city = bool(a.city) and plain(a.city) == plain(b.city)
    free = {one.mail.rpartition("@")[2] in FREE_MAIL for one in (a, b) if one.mail}
    if len(a.local) > 5 and a.local == b.local and a.mail != b.mail:
        yield (74 if True in free or org is None else 66), "Same name before the @"
    if org is None and city:
        yield 70, f"{name_why}, same city"
    elif org == 0 and city and a.title and plain(a.title) == plain(b.title):
        yield 60, f"{name_why}, city and job title"


# --- who is worth comparing ----------------------------------------------------------------------


def keys(a: Person) -> set[tuple[str, ...]]:
    """Two people are compared when they share one of these."""
    found: set[tuple[str, ...]] = set()
    if a.mail:
        found.add(("mail", a.mail))
    if a.profile:
        found.add(("profile", a.profile))
    if a.number:
        found.add(("phone", a.number))
    if len(a.local) > 5:
        found.add(("local", a.local))
    names = [sound(word) for word in [*a.first, *a.last]][:5]
    orgs = {_short(root) or root for root in a.roots} | {_short(a.org) or a.org}
    if a.org:
        orgs.add(a.org.split()[0])
    for org in orgs - {""}:
        found |= {("org", org[:12], name[:3]) for name in names}
    return found | _name_keys(a)


def _name_keys(a: Person) -> set[tuple[str, ...]]:
    if not a.first or not a.last:
        return set()
    family, city = sound("".join(a.last)), plain(a.city)
    found: set[tuple[str, ...]] = {("name", *sorted((sound(a.first[0]), family)))}
    found |= {("nick", str(group), family) for group in groups(a.first[0])}
    if city:
        found |= {(*key, city) for key in set(found)}
    return found
