"""The package `holidays`, one country at a time.

Asked for one country it loads all 250, because `holidays.countries` imports each of them: 16 MB.
An empty stand-in with the same path lets Python find each country's own module when it is needed.
"""

import importlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

COUNTRIES = "holidays.countries"


@cache
def load() -> ModuleType:
    """The package itself; 10 MB and a quarter of a second the first time."""
    package = importlib.import_module("holidays")
    if COUNTRIES not in sys.modules and package.__file__:
        stand_in = ModuleType(COUNTRIES)
        stand_in.__path__ = [str(Path(package.__file__).with_name("countries"))]
        sys.modules[COUNTRIES] = stand_in
    return package
