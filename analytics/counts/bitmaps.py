"""Sets of lead ids as bits: a period is one OR, and its size one count of bits.

A set of few is kept as a list of ids: a team's month has hundreds of them, and to unpack each from
bits for all leads takes ten times as long.
"""

import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence

FEW = 500
LIST = b"\x01"  # no compressed bits begin so
HIGHEST = 2**32


def pack(ids: Iterable[int]) -> bytes:
    found = list(ids)
    return pack_bits(_bits(found, max(found, default=0)))


def union(packed: Iterable[bytes]) -> int:
    """All of them in one number."""
    found, listed, last = 0, array("I"), 0
    for one in packed:
        if one[:1] == LIST:
            listed.frombytes(one[1:])
            last = max(last, int.from_bytes(one[-4:], "little"))  # a list is in order
        else:
            found |= int.from_bytes(zlib.decompress(one), "little")
    if sys.byteorder == "big":
        listed.byteswap()
    return found | _bits(listed, last)


def _bits(ids: Sequence[int], last: int) -> int:
    """A digit for each id up to the last: set in one go, and read as a number in one go."""
    if not ids:
        return 0
    digits = bytearray(b"0") * (last + 1)
    for one in ids:
        digits[one] = 49  # "1"
    digits.reverse()
    return int(digits, 2)


def pack_bits(bits: int) -> bytes:
    if bits.bit_count() <= FEW and bits.bit_length() <= HIGHEST:
        return LIST + b"".join(one.to_bytes(4, "little") for one in members(bits))
    return zlib.compress(bits.to_bytes(bits.bit_length() // 8 + 1, "little"), 1)


def members(bits: int) -> Iterator[int]:
    """The ids, lowest first."""
    for place, byte in enumerate(bits.to_bytes(bits.bit_length() // 8 + 1, "little")):
        for bit in range(8) if byte else ():
            if byte >> bit & 1:
                yield place * 8 + bit


def newest(bits: int, below: int | None = None) -> Iterator[int]:
    """The ids, highest first, of those below one; as many are looked for as are taken."""
    packed = bits.to_bytes(bits.bit_length() // 8 + 1, "little")
    last = len(packed) * 8 if below is None else min(below, len(packed) * 8)
    for place in range((last + 7) // 8 - 1, -1, -1):
        byte = packed[place]
        for bit in (7, 6, 5, 4, 3, 2, 1, 0) if byte else ():
            if byte >> bit & 1 and place * 8 + bit < last:
                yield place * 8 + bit
