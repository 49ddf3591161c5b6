"""Which characters the bytes of a text file stand for."""

import codecs
import re
from pathlib import Path

SAMPLE_BYTES = 256 * 1024
LABELS = {
    "utf-8-sig": "UTF-8 with a mark",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows Western (1252)",
    "latin-1": "Latin 1",
    "mac_roman": "Mac Roman",
    "cp1250": "Windows Central European (1250)",
    "iso8859_2": "Latin 2",
    "cp1251": "Windows Cyrillic (1251)",
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ONE_BYTE = ("cp1252", "mac_roman", "cp1250", "iso8859_2", "cp1251")
_TOKEN = re.compile(r"[^\W\d_]+|[^\x00-\x7f]", re.UNICODE)
# Letters of the languages our users write most; a rare sign speaks against a reading.
_COMMON = frozenset(
    "äöüßéèêëàâáãåæøœçñíìîïóòôõúùûýąćęłńśźżěščřžůďťňőűăîșțğışđÄÖÜÉÈÀÁÅÆØÇÑÓÚŁŚŻŹČŠŽ"
)


def detect(path: Path) -> tuple[str, bool]:
    """The encoding to read `path` with, and whether that is certain. Constant memory."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name, True
    if wide := _wide(head):
        return wide, True
    if _is_utf8(path):
        return "utf-8", True
    return _one_byte(_odd_lines(path)), False


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    part = head[:4096]
    if len(part) < 4:
        return ""
    even, odd = part[0::2].count(0), part[1::2].count(0)
    half = len(part) // 2
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.4 and odd < half * 0.05 else ""


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while part := file.read(SAMPLE_BYTES):
                decoder.decode(part)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _odd_lines(path: Path, limit: int = 64 * 1024) -> bytes:
    """Pieces of the file that hold bytes above 127: only they tell one reading from another."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < limit and (line := file.readline(64 * 1024)):
            if not line.isascii():
                found.append(line)
                size += len(line)
    return b"".join(found)


def _one_byte(sample: bytes) -> str:
    """The likeliest one-byte encoding; charset-normalizer votes, word shapes decide."""
    scores = {name: _plausible(sample, name) for name in ONE_BYTE}
    if vote := _vote(sample):
        scores[vote] += 0.05
    scores["cp1252"] += 0.15  # by far the commonest
    scores["mac_roman"] += 0.06  # what reads well here reads badly elsewhere, not the reverse
    if _reads_central(sample.decode("cp1252", errors="replace")):
        scores["cp1250"] += 0.3
    best = max(ONE_BYTE, key=lambda name: scores[name])
    if sample.decode(best, errors="replace") == sample.decode("cp1252", errors="replace"):
        best = "cp1252"  # the commoner name for the same reading
    if best == "cp1252" and "\ufffd" in sample.decode("cp1252", errors="replace"):
        return "latin-1"
    return best


def _reads_central(text: str) -> bool:
    """Czech or Hungarian text taken for Western: its š and ž, or õ and û among ö and ü, tell."""
    letters = set(text)
    hungarian = letters & set("õû") and letters & set("öü") and "ã" not in letters
    return bool(letters & set("šžŠŽ") or hungarian)


def _vote(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    match = from_bytes(sample[:16384], cp_isolation=list(ONE_BYTE)).best()
    return match.encoding if match and match.encoding in ONE_BYTE else ""


def _plausible(sample: bytes, encoding: str) -> float:
    """Between -1 and 1: how far the signs above 127 look like letters in words of a language."""
    text = sample.decode(encoding, errors="replace")
    good = total = 0.0
    for match in _TOKEN.finditer(text):
        odd = [c for c in match.group() if ord(c) > 127]
        total += len(odd)
        if odd and not odd[0].isalpha():
            good += _sign_fit(text, match.start())
        else:
            good += sum(_letter_fit(c, match.group()) for c in odd)
    return good / total if total else 0.0


def _sign_fit(text: str, at: int) -> float:
    """Quotes, dashes and the like stand between words; inside one they are a letter misread."""
    if text[at] not in "€–—’‘“”„»«°·…™®©\xa0":
        return -1.0
    inside = text[at - 1 : at].isalpha() and text[at + 1 : at + 2].isalpha()
    return -1.0 if inside and text[at] != "’" else 0.7


def _letter_fit(char: str, word: str) -> float:
    if len(word) == 1:
        return 0.1
    if len(word) > 1 and char.isupper() and not word.isupper() and word.index(char) > 0:
        return -1.0  # a capital inside a word
    if "\u0400" <= char <= "\u04ff":
        return 0.8 if all("\u0400" <= c <= "\u04ff" for c in word) and len(word) > 1 else -1.0
    return 1.0 if char in _COMMON else 0.1
