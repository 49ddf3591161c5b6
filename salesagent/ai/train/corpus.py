"""The labelled replies: those shipped (synthetic, data/replies) and those a person corrected."""

import hashlib
import json
from binascii import crc32
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data" / "replies"
HELD_OUT = 5  # one author of five is never trained on before the numbers are taken
CORRECTED = 3.0  # how much more a person's word says than a line of ours


@dataclass(frozen=True)
class Row:
    text: str
    labels: tuple[str, ...]
    kind: str
    sentiment: str
    urgency: str
    language: str
    author: str
    weight: float = 1.0

    @property
    def held_out(self) -> bool:
        return self.weight == 1.0 and crc32(self.author.encode()) % HELD_OUT == 0


def shipped(folder: Path = FOLDER) -> list[Row]:
    found: list[Row] = []
    for path in sorted(folder.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found.extend(_row(json.loads(line)) for line in lines if line.strip())
    return found


def _row(told: dict[str, object]) -> Row:
    labels = told["labels"]
    names = labels if isinstance(labels, list) else [labels]
    return Row(
        str(told["text"]),
        tuple(str(one) for one in names),
        str(told.get("kind") or ""),
        str(told.get("sentiment") or ""),
        str(told.get("urgency") or ""),
        str(told.get("language") or ""),
        str(told.get("author") or ""),
    )


def corrected(told: dict[str, object], language: str) -> Row:
    """A reply that a person sorted; the language is the one that was recognised."""
    return _row(told | {"language": language})


def digest(rows: Iterable[Row]) -> str:
    """One hash of all texts and labels, so that heads can say what they learned from."""
    found = hashlib.sha256()
    for row in rows:
        found.update(f"{row.text}\0{','.join(row.labels)}\0{row.kind}\n".encode())
    return found.hexdigest()
