"""In which time zone and country a lead lives, from what is known of them.

Time zones come from the lead, else from the phone number's area, else from the country; somebody
of a country with several zones gets all of them, so that a time can be chosen that suits each.
"""

import zoneinfo
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from leads.models import Lead
from salesagent.accounts.models import Workspace

# Where most people of a country live, when zone.tab does not name that zone first.
MAIN_ZONES = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "RU": "Europe/Moscow",
    "UZ": "Asia/Tashkent",
}


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The zone of that name; None when there is none."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_for(lead: Lead, *, fallback: ZoneInfo | None = None) -> ZoneInfo:
    """The zone the lead's clock is shown in: the likeliest one."""
    return zones_for(lead, fallback=fallback)[0]


def zones_for(lead: Lead, *, fallback: ZoneInfo | None = None) -> tuple[ZoneInfo, ...]:
    """Every zone the lead may live in, the likeliest first; never empty.

    `fallback` stands in for the workspace's zone and saves its query.
    """
    own = zone(lead.time_zone)
    if own:
        return (own,)
    found = _phone_zones(lead.phone, lead.country) if lead.phone else ()
    found = found or _country_zones(lead.country)
    return found or (fallback or workspace_zone(),)


def workspace_zone() -> ZoneInfo:
    return zone(Workspace.current().time_zone) or ZoneInfo("UTC")


def country_for(lead: Lead) -> str:
    """Two capital letters, or "" when nothing tells the country (then no holidays are known)."""
    country = lead.country.upper()
    if not country and lead.time_zone:
        country = _zone_countries().get(lead.time_zone, "")
    if not country and lead.phone:
        country = _phone_country(lead.phone)
    return country


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, ...]]:
    """Country -> names of its zones, from the tz database's own zone.tab."""
    from importlib.resources import files

    rows: dict[str, tuple[str, ...]] = {}
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            if not name.startswith("Antarctica/") or country == "AQ":
                rows[country] = (*rows.get(country, ()), name)
    return rows


@lru_cache(maxsize=1)
def _zone_countries() -> dict[str, str]:
    return {name: country for country, names in _table().items() for name in names}


@lru_cache(maxsize=512)
def _country_zones(country: str) -> tuple[ZoneInfo, ...]:
    code = country.upper()
    names = _table().get(code, ())
    main = MAIN_ZONES.get(code)
    return _distinct((main, *names) if main else names)


@lru_cache(maxsize=4096)
def _phone_zones(phone: str, country: str) -> tuple[ZoneInfo, ...]:
    """Zones of the number's area, those of its own country only; () when it tells nothing."""
    import phonenumbers
    from phonenumbers import timezone as areas

    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ()
    names = [name for name in areas.time_zones_for_number(number) if name != "Etc/Unknown"]
    region = country.upper() or phonenumbers.region_code_for_number(number) or ""
    at_home = [name for name in names if _zone_countries().get(name, region) == region]
    main = MAIN_ZONES.get(region)
    return _distinct(([main] if main in at_home and main else []) + at_home)


@lru_cache(maxsize=4096)
def _phone_country(phone: str) -> str:
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _distinct(names: tuple[str, ...] | list[str]) -> tuple[ZoneInfo, ...]:
    """Zones whose clocks differ now in summer or winter; the first of each kind stays."""
    year = datetime.now(UTC).year
    found: dict[object, ZoneInfo] = {}
    for name in names:
        known = zone(name)
        if known:
            offsets = [datetime(year, month, 1, tzinfo=known).utcoffset() for month in (1, 7)]
            found.setdefault(tuple(offsets), known)
    return tuple(found.values())
