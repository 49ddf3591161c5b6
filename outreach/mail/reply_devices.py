"""Lines that a phone or a mail program puts under what a person wrote: "Sent from my iPhone".

"Sent by courier yesterday." is a person's sentence: a line counts only with the name of a device.
"""

from outreach.mail.reply_words import (
    APOLOGIES,
    DEVICE_ENDS,
    DEVICE_MINE,
    DEVICE_STARTS,
    DEVICES,
    FROM_MINE,
    SENDING,
)

_LENGTH = 110
_SENTENCE_WORDS = frozenset({"is", "are", "was", "were", "it", "we", "takes", "because", "i"})


def is_device(line: str) -> bool:
    """One short line; the caller sees to it that nothing of the person's stands below."""
    if len(line) > _LENGTH:
        return False
    bare = line.strip(" ()[]*_<>.").casefold()
    if bare.startswith(FROM_MINE):
        short = len(bare.split()) <= 4 and bare[:1] == "f"
        return _has(bare, DEVICES) and (short or _has(bare, SENDING))
    if bare.startswith(DEVICE_MINE):
        return not _is_sentence(bare)
    if bare.startswith(DEVICE_STARTS) or bare.endswith(DEVICE_ENDS):
        return _has(bare, DEVICES) and not _is_sentence(bare)
    return False


def _has(bare: str, words: tuple[str, ...]) -> bool:
    return any(word in bare for word in words)


def _is_sentence(bare: str) -> bool:
    words = bare.split()
    long = len(words) > 7 and not _SENTENCE_WORDS.isdisjoint(words)
    return long and not _has(bare, APOLOGIES)
