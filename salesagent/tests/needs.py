"""What a test needs from the machine: skipped where it is not installed, failed where CI=true."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip, or fail where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed, but CI=true wants it")
    pytest.skip(f"{what} is not installed")
