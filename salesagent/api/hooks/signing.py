"""The signature of a webhook: `SalesAgent-Signature: t=1790000000,v1=hex[,v1=hex]`.

Each `v1` is HMAC-SHA256 of "<t>.<body>" with one secret; while the secret changes there are two.
"""

import hmac
import secrets
from collections.abc import Iterable

HEADER = "SalesAgent-Signature"


def new_secret() -> str:
    return f"whs_{secrets.token_urlsafe(32)}"


def signature(body: bytes, keys: Iterable[str], at: int) -> str:
    marks = [hmac.digest(key.encode(), b"%d." % at + body, "sha256").hex() for key in keys if key]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])
