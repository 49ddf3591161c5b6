"""Sets of lead ids as bits: a period is one OR, and its size one count of bits."""

import zlib
from collections.abc import Iterable, Iterator


def pack(ids: Iterable[int]) -> bytes:
    wanted = list(ids)
    bits = bytearray(max(wanted, default=0) // 8 + 1)
    for one in wanted:
        bits[one // 8] |= 1 << one % 8
    return zlib.compress(bytes(bits), 1)


def union(packed: Iterable[bytes]) -> int:
    """All of them in one number."""
    found = 0
    for one in packed:
        found |= int.from_bytes(zlib.decompress(one), "little")
    return found


def pack_bits(bits: int) -> bytes:
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
