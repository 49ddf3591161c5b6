"""What DNS records say about mail of a domain, and the record to paste. Pure.

SPF by RFC 7208, DKIM keys by RFC 6376 section 3.6.1, DMARC by RFC 7489 section 6.3, null MX by
RFC 7505. What large mailbox providers want of senders: facts in docs/mail.md.
"""

import re
from dataclasses import dataclass

LOOKUPS = 10  # mechanisms that ask DNS (RFC 7208 section 4.6.4)
_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*([^;]*)")
# bytes of an RSA SubjectPublicKeyInfo -> bits of the key
_RSA_SIZES = ((548, 4096), (420, 3072), (292, 2048), (160, 1024), (92, 512))


@dataclass(frozen=True)
class Spf:
    """`includes`: domains whose records count as well. `lookups`: of this record alone. `all`: the
    sign of its "all", or "" without one."""

    terms: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    redirect: str = ""
    lookups: int = 0
    all: str = ""


def spf_texts(texts: tuple[str, ...]) -> list[str]:
    """Those that are SPF records; two are an error (RFC 7208 section 4.5)."""
    return [t for t in texts if t.lower() == "v=spf1" or t.lower().startswith("v=spf1 ")]


def read_spf(text: str) -> Spf:
    terms = tuple(term.lower() for term in text.split()[1:][:60])
    bare = [term.lstrip("+-~?") for term in terms]
    includes = tuple(t.removeprefix("include:").rstrip(".") for t in bare if t[:8] == "include:")
    redirect = next((t.removeprefix("redirect=") for t in bare if t.startswith("redirect=")), "")
    ends = [term for term in terms if term.lstrip("+-~?") == "all"]
    sign = (ends[-1][0] if ends[-1][0] in "+-~?" else "+") if ends else ""
    return Spf(terms, includes, redirect.rstrip("."), sum(map(_asks, bare)), sign)


def _asks(term: str) -> bool:
    name = re.split(r"[:/=]", term, maxsplit=1)[0]
    return term.startswith(("include:", "exists:", "redirect=")) or name in ("a", "mx", "ptr")


def with_include(text: str, include: str) -> str:
    """The record with one more include, before its "all"; a new one when there is none yet."""
    if not text:
        return f"v=spf1 include:{include} ~all"
    words = text.split()
    at = next((n for n, word in enumerate(words) if word.lower().endswith("all")), len(words))
    at = next((n for n, word in enumerate(words) if word.lower().startswith("redirect=")), at)
    rest = words[at:] or ["~all"]
    return " ".join([*words[:at], f"include:{include}", *rest])


def tags(text: str) -> dict[str, str]:
    """tag=value pairs of a DKIM or DMARC record; the first of each counts."""
    found: dict[str, str] = {}
    for part in text.split(";")[:40]:
        if match := _TAG.match(part):
            found.setdefault(match[1].lower(), match[2].strip())
    return found


def is_dkim(text: str) -> bool:
    """A DKIM key record; v= may be missing (RFC 6376 section 3.6.1)."""
    found = tags(text)
    return "p" in found and found.get("v", "DKIM1").upper() == "DKIM1"


def key_bits(text: str) -> int:
    """About how many bits an RSA key has, from the length of its base64; 0 when it is none."""
    found = tags(text)
    if found.get("k", "rsa").lower() != "rsa":
        return 0
    size = len(re.sub(r"[\s=]", "", found.get("p", ""))) * 3 // 4
    return next((bits for least, bits in _RSA_SIZES if size >= least), 256 if size else 0)


def is_dmarc(text: str) -> bool:
    return tags(text).get("v", "").upper() == "DMARC1"


def dmarc_record(address: str) -> str:
    """The one to begin with: nothing is refused, reports come to `address`."""
    return f"v=DMARC1; p=none; rua=mailto:{address}"


def parents(domain: str) -> list[str]:
    """The domain and those above it, to the last with two labels: where a DMARC record may stand
    (the tree walk of draft-ietf-dmarc-dmarcbis, which needs no list of public suffixes)."""
    labels = domain.split(".")[-8:]
    return [".".join(labels[n:]) for n in range(max(len(labels) - 1, 1))]


def signed_headers(signature: str) -> frozenset[str]:
    """The header names that a DKIM-Signature covers (its h= tag), lower case."""
    names = tags(" ".join(signature.split())).get("h", "")
    return frozenset(name.strip().lower() for name in names.split(":") if name.strip())
