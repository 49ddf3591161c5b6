"""A provider for tests and demos: answers are laid out beforehand, questions are kept."""

from collections.abc import Mapping
from typing import ClassVar

from leads.enrichment.base import Access, EnrichmentError, Found, Question, Result


class FakeEnricher:
    """`answers`: address or domain -> facts; an EnrichmentError there is raised."""

    label = "Fake provider"
    dearest = 1.0
    answers: ClassVar[dict[str, tuple[Found, ...] | EnrichmentError]] = {}
    asked: ClassVar[list[Question]] = []

    @classmethod
    def lay_out(cls, answers: Mapping[str, tuple[Found, ...] | EnrichmentError]) -> None:
        cls.answers, cls.asked = dict(answers), []

    def look_up(self, question: Question, access: Access) -> Result:
        """Raises the EnrichmentError that was laid out."""
        self.asked.append(question)
        answer = self.answers.get(question.email) or self.answers.get(question.domain)
        if isinstance(answer, EnrichmentError):
            raise answer
        return Result(answer, known=True, credits=1.0) if answer else Result()

    def check(self, access: Access) -> None:
        """Raises EnrichmentError for the key "refused"."""
        if access.key == "refused":
            raise EnrichmentError("The key is not taken.", permanent=True)
