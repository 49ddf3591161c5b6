"""What a share of few cases is worth."""

from dataclasses import dataclass

from analytics.counts import chances

FEW = 20  # below, a share says less than its two numbers


@dataclass(frozen=True)
class Share:
    """`hits` of `whole`; `low` to `high` holds the true share in 19 of 20 cases (Wilson)."""

    hits: int
    whole: int

    @property
    def p(self) -> float | None:
        return self.hits / self.whole if self.whole else None

    @property
    def few(self) -> bool:
        return self.whole < FEW

    @property
    def words(self) -> str:
        """ "5.1%"; of few the two numbers, "2 of 9"; "n/a" of none."""
        if self.p is None:
            return "n/a"
        return f"{self.hits:,} of {self.whole:,}" if self.few else f"{100 * self.p:.1f}%"

    @property
    def low(self) -> float:
        return self.band[0]

    @property
    def high(self) -> float:
        return self.band[1]

    @property
    def band(self) -> tuple[float, float]:
        return chances.wilson(min(self.hits, self.whole), self.whole)


def differ(one: Share, other: Share) -> float:
    """How often chance alone makes a gap as wide as this one; two-sided, exact."""
    hits, other_hits = min(one.hits, one.whole), min(other.hits, other.whole)
    return chances.fisher(hits, one.whole, other_hits, other.whole)
