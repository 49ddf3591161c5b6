"""Words of eight languages (and their neighbours) as one English word each, so that all languages
teach one another: "kein Interesse" and "brak zainteresowania" are the same two words to the heads.

The table is data/glossary.txt, written for this project: one concept a line, one language a column.
`interess*` is any word that begins so, `no_gracias` two words in a row, `merci_` just this word.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from salesagent.ai.fold import fold, words

FILES = ("glossary.txt", "glossary_more.txt")
FOLDER = Path(__file__).parent / "data"
NEIGHBOURS = {"da": "sv", "nb": "sv", "no": "sv", "nn": "sv", "sk": "cs", "gl": "pt", "ca": "es"}
LONGEST = 5  # words of one entry
_ENDING = 14  # letters that an inflection may add

Phrase = tuple[str, ...]


@dataclass
class Table:
    exact: dict[Phrase, str] = field(default_factory=dict)
    stems: dict[Phrase, str] = field(default_factory=dict)
    longest: int = 1

    def add(self, entry: str, concept: str) -> None:
        phrase = tuple(words(fold(entry.rstrip("*").strip("_").replace("_", " "))))
        if phrase and len(phrase) <= LONGEST:
            (self.stems if entry.endswith("*") else self.exact).setdefault(phrase, concept)
            self.longest = max(self.longest, len(phrase))

    def find(self, phrase: Phrase) -> str:
        found = self.exact.get(phrase)
        if found:
            return found
        *before, last = phrase
        shortest = max(2, len(last) - _ENDING)
        for size in range(len(last), shortest - 1, -1):
            if concept := self.stems.get((*before, last[:size])):
                return concept
        return ""


@lru_cache(maxsize=1)
def tables() -> dict[str, Table]:
    found: dict[str, Table] = {}
    for name in FILES:
        path = FOLDER / name
        if path.exists():
            _read(path.read_text(encoding="utf-8"), found)
    return found


def _read(text: str, found: dict[str, Table]) -> None:
    head, *rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    languages = head.split(";")[1:]
    for row in rows:
        concept, *columns = row.split(";")
        for language, column in zip(languages, columns, strict=True):
            table = found.setdefault(language, Table())
            for entry in column.split():
                table.add(entry, concept)


def table_for(language: str) -> Table | None:
    return tables().get(NEIGHBOURS.get(language, language))


def gloss(tokens: list[str], language: str) -> list[str]:
    """Each known word or phrase as its concept, the others as they are; English stays."""
    table = table_for(language)
    if table is None:
        return tokens
    out: list[str] = []
    at = 0
    while at < len(tokens):
        concept, used = _longest(table, tokens, at)
        out.extend(concept.split() if concept else [tokens[at]])
        at += used
    return out


def _longest(table: Table, tokens: list[str], at: int) -> tuple[str, int]:
    for size in range(min(table.longest, len(tokens) - at), 0, -1):
        if concept := table.find(tuple(tokens[at : at + size])):
            return concept, size
    return "", 1
