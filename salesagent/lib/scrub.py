"""Text for people and logs without the secrets that a service's own words may repeat."""

import re

HIDDEN = "[hidden]"
_NAMES = (
    r"(?:proxy-)?authorization|x-api-key|api[_-]?key|apikey|hapikey|access[_-]?key"
    r"|(?:access|refresh|id|auth|bearer|session|csrf)[_-]?token|token|client[_-]?secret"
    r"|client[_-]?assertion|assertion|secret|signing[_-]?key|private[_-]?key|password|passwd|pwd"
    r"|code[_-]?verifier|sig|signature|set-cookie|cookie"
)
_QUOTED = re.compile(
    rf"""(?ix) (["'] (?:[a-z0-9_-]*[_-])? (?:{_NAMES}|code) ["'] \s*:\s*)"""
    r"""(["']) (?:\\.|(?!\2).)* \2?"""
)
_HEADER = re.compile(r"(?im)\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*[:=]\s*)[^\r\n]+")
_PAIR = re.compile(
    rf"(?i)(?<![a-z0-9])((?:[a-z0-9]+[_-])?(?:{_NAMES}))(\s*[=:]\s*)(?!\[hidden\])"
    r"(\"[^\"]*\"|'[^']*'|[^\s&,;\"'<>)}\]]+)"
)
_CODE = re.compile(r"(?i)([?&\s](?:code|key)=)(?!\d{1,6}(?![^\s&,;.)]))[^\s&\"'<>]+")
_SCHEME = re.compile(r"(?i)\b(bearer|basic|digest)\s+(?!realm\b)[a-z0-9._~+/=-]{6,}")
_USERINFO = re.compile(r"(?i)([a-z][a-z0-9+.-]{0,30}://)[^/\s@]+@")
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SHAPES = re.compile(
    r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"  # JWT
    r"|\bya29\.[\w.-]+|\b1//[\w-]{10,}|\b4/[\w-]{20,}"  # Google
    r"|\b(?:AC|SK)[0-9a-fA-F]{32}\b"  # Twilio
    r"|\bSG\.[\w-]{8,}\.[\w-]{8,}|\bpat-[a-z0-9]+-[0-9a-f-]{20,}"  # SendGrid, HubSpot
    r"|\b(?:sk|pk|rk|xox[abps]|gh[pousr]|AIza)[-_][\w-]{10,}|\bAIza[\w-]{20,}"
    rf"|(?<![\w-])(?!{_UUID}(?![\w-]))[\w-]{{32,}}(?![\w-])"  # whatever is long and not a word
)


def scrub(text: str, *secrets: str) -> str:
    """`text` with everything that looks like a credential, and each of `secrets`, hidden."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _QUOTED.sub(rf"\1\2{HIDDEN}\2", text)
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    text = _CODE.sub(rf"\1{HIDDEN}", text)
    text = _PAIR.sub(rf"\1\2{HIDDEN}", text)
    return _SHAPES.sub(HIDDEN, text)
