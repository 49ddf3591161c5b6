"""English names of countries, from the table that the time zone data brings along."""

from functools import lru_cache
from importlib.resources import files

OURS = {"GB": "United Kingdom"}  # the table says "Britain (UK)"


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """ISO code -> name."""
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and line[0] != "#")
    return {row[0]: row[1] for row in rows} | OURS


def name_of(code: str) -> str:
    """The code itself when it is none."""
    return names().get(code.strip().upper(), code)


def choices(codes: list[str]) -> list[tuple[str, str]]:
    """For a select: (code, name), in the order of the names."""
    return sorted(((code, name_of(code)) for code in codes), key=lambda pair: pair[1].casefold())
