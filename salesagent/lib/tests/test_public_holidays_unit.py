"""One country at a time says what the whole package says. Fresh interpreters: it stays loaded."""

import subprocess
import sys

from django.conf import settings

ASK = """
import sys
{load}
found = {{}}
for code in ("DE", "US", "GB", "AE", "PR", "JP"):
    days = package.country_holidays(code, years=2026)
    found[code] = (sorted(map(str, days)), sorted(days.weekend))
print(found)
loaded = [name for name in sys.modules if name.startswith("holidays.countries.")]
print(len(loaded) < 20, file=sys.stderr)
"""
OURS = "from salesagent.lib.public_holidays import load\npackage = load()"
WHOLE = "import holidays.countries\nimport holidays as package"


def ask(load: str) -> tuple[str, str]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ASK.format(load=load)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr


def test_one_country_at_a_time() -> None:
    ours, few = ask(OURS)
    whole, many = ask(WHOLE)
    assert "2026-10-03" in ours  # Germany
    assert ours == whole
    assert (few, many) == ("True\n", "False\n")
