"""docs/faults.md names only tests that exist, and every fault of what is sent and received."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "faults.md").read_text()
FAULTS = {3, 4, 5, 6, 7, 8, 9, 10, 12, 19, 24, 26, 27, 28, 29}


def test_every_fault_has_a_test_that_exists() -> None:
    number, found = 0, set[int]()
    for line in TABLE.splitlines():
        if row := re.match(r"\| *(\d*) *\|", line):
            number = int(row.group(1) or number)
            path, name = re.findall(r"`([\w/]+\.py)::(\w+)`", line)[0]
            assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.M), line
            found.add(number)
    assert found == FAULTS


def test_every_file_of_faults_is_named() -> None:
    files = {path.name for path in Path(__file__).parent.glob("test_fault_*.py")}
    assert all(name in TABLE for name in files)
