"""Small statistics without packages: how sure a share is, and what chance alone would do."""

import math
from collections.abc import Sequence

Z95 = 1.959963984540054
TINY = 1e-300


def wilson(hits: int, cases: int, z: float = Z95) -> tuple[float, float]:
    """The interval of a share in which the true one lies 95 times of 100 (Wilson, 1927)."""
    if not cases:
        return 0.0, 1.0
    share, square = hits / cases, z * z
    middle = share + square / (2 * cases)
    spread = z * math.sqrt(share * (1 - share) / cases + square / (4 * cases * cases))
    whole = 1 + square / cases
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def fisher(hits: int, cases: int, other_hits: int, other_cases: int) -> float:
    """How often chance alone makes two shares differ as much or more; two-sided, exact."""
    all_hits, everybody = hits + other_hits, cases + other_cases
    low, high = max(0, all_hits - other_cases), min(cases, all_hits)
    if low == high:
        return 1.0
    weights = [_ways(cases, k) + _ways(other_cases, all_hits - k) for k in range(low, high + 1)]
    whole, mine = _ways(everybody, all_hits), weights[hits - low]
    return min(1.0, sum(math.exp(one - whole) for one in weights if one <= mine + 1e-7))


def _ways(whole: int, part: int) -> float:
    """Logarithm of the number of ways to take `part` of `whole`."""
    return math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)


def rank_test(one: Sequence[float], other: Sequence[float]) -> float:
    """How often chance alone puts two samples as far apart or further; two-sided, ties counted
    (Mann and Whitney, 1947). By the normal curve, which serves from about eight of each on."""
    n, m = len(one), len(other)
    ranks, ties = _ranks([*one, *other])
    whole = n + m
    off = abs(sum(ranks[:n]) - n * (n + 1) / 2 - n * m / 2)
    square = n * m / 12 * (whole + 1 - ties / (whole * (whole - 1))) if whole > 1 else 0.0
    if square <= 0:
        return 1.0
    return math.erfc(max(0.0, off - 0.5) / math.sqrt(2 * square))


def _ranks(values: Sequence[float]) -> tuple[list[float], int]:
    """Place of each in the order, equal ones sharing theirs; and the sum of t^3 - t of the ties."""
    order = sorted(range(len(values)), key=lambda n: values[n])
    ranks, ties, start = [0.0] * len(values), 0, 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + end + 1) / 2
        ties += (end - start) ** 3 - (end - start)
        start = end
    return ranks, ties


def stand_out(chances: Sequence[float], wrong: float = 0.05) -> list[bool]:
    """Which of many looks stand out, so that on average at most the share `wrong` of them is due
    to chance (Benjamini and Hochberg, 1995). As many as were looked at have to be given."""
    order = sorted(range(len(chances)), key=lambda n: chances[n])
    last = 0
    for place, n in enumerate(order, start=1):
        if chances[n] <= wrong * place / len(chances):
            last = place
    kept = set(order[:last])
    return [n in kept for n in range(len(chances))]


def beta_share(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz)."""
    if x <= 0 or b <= 0:
        return 0.0
    if x >= 1 or a <= 0:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(b, a, 1 - x)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front += a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    whole = d
    for n in range(1, 2000):
        up = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n))
        down = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1))
        for term in (up, down):
            d = 1 / _off_zero(1 + term * d)
            c = _off_zero(1 + term / c)
            whole *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return whole


def _off_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie, between neighbours in a straight line."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
