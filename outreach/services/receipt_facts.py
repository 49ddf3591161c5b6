"""A stored fact as a source of statements, read once: its words, numbers and sentences."""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from outreach.services import claims
from outreach.services.claim_tongues import tongue
from outreach.services.claims import content
from outreach.services.receipt_values import Day, Number, days, numbers
from outreach.services.receipt_words import fold

SOURCE_LIMIT = 20_000  # characters of all sources together that are read


def flat(text: str) -> str:
    """Folded, one space between words, no mark at the end."""
    return " ".join(fold(word) for word in text.split()).strip(" .,;:!?\"'“”‘’")


@dataclass(frozen=True)
class Source:
    """A stored fact. `kind`: field, pain, event, note, snippet, workspace, sender, deal, sequence,
    catalogue, sent. `label`: where it stands, in words. `ref`: "lead:7", "event:12"; `said`: by
    them. `told`: the words in which a model may be told it; empty, it stays in the house. `origin`:
    who says so.
    """

    kind: str
    label: str
    text: str
    ref: str = ""
    when: date | None = None
    said: bool = False
    told: str = ""
    origin: str = ""

    @cached_property
    def folded(self) -> str:
        return flat(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(re.findall(r"[^\W_]+", f"{self.folded} {fold(self.label)}"))

    @cached_property
    def pieces(self) -> list[tuple[frozenset[str], list[Number], str]]:
        """Its sentences: (stems, numbers, folded text)."""
        return [
            (content(part.text), numbers(part.text), flat(part.text))
            for part in claims.sentences(self.text)
        ]

    @cached_property
    def stems(self) -> frozenset[str]:
        return content(self.text)

    @cached_property
    def label_stems(self) -> frozenset[str]:
        return content(self.label)

    @cached_property
    def tongue(self) -> str:
        return tongue(self.text)

    def dated(self, today: date) -> list[tuple[frozenset[str], list[Day]]]:
        """Its sentences that name dates: (stems, dates). `today` is the same for one check."""
        known: dict[date, list[tuple[frozenset[str], list[Day]]]]
        known = self.__dict__.setdefault("_dated", {})
        if today not in known:
            read = [(stems, days(text, today)) for stems, _found, text in self.pieces]
            known[today] = [(stems, found) for stems, found in read if found]
        return known[today]


@dataclass(frozen=True)
class Sources:
    """Everything that a draft may rest on. `kinds` of thread events; None: not known in detail."""

    facts: tuple[Source, ...] = ()
    talked: bool = False
    wrote: bool = False
    attachments: int = 0
    today: date = field(default_factory=date.today)
    kinds: frozenset[str] | None = None
    language: str = ""  # of the text that is checked

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(word for fact in self.facts for word in fact.words)

    @cached_property
    def field_stems(self) -> frozenset[str]:
        return frozenset(w for fact in self.facts if fact.kind == "field" for w in fact.stems)
