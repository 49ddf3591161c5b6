"""The shape of a ready-made play. Plain data: what a workspace gets on its first day."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ready:
    """One answer to one kind of objection. `code` is unique and never reused for another play.

    `words`: what their message says when it fits, separated by commas; the start of a word is
    enough. English first, then German, French, Spanish, Italian, Dutch, Polish, Portuguese.
    """

    code: str
    name: str
    when: str
    answer: str
    question: str
    words: str

    @property
    def triggers(self) -> list[str]:
        return [word.strip() for word in self.words.split(",") if word.strip()]
