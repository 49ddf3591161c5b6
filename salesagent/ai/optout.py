"""Opt-outs by meaning: what the glossary's words say in any of its languages.

Weaker than the rules of rules_words: the heads act on their own opt-out only where these agree.
"""

# ruff: noqa: E501  one pattern a line reads better than a broken one

import re

_NOT = r"(?:not|no|never|dont|don|nicht|without|none)"
_SAYS = re.compile(
    r"\bunsubscribe\b"
    r"|\b(?:remove|delete|take|erase)\b(?: \S{1,20}){0,4}? (?:me|us|my|our|your|data|address|number)\b"
    r"(?: \S{1,20}){0,6}? (?:list|data|database|address|system|number|file|mail|off|records)\b"
    r"|\b(?:remove|delete|erase) (?:please )?(?:my|me|us|our|all)\b"
    r"|\bno more messages\b|\bleave me alone\b|\bopt out\b"
    r"|\bstop\b(?: \S{1,20}){0,3}? (?:write|send|sending|writing|mail|mails|mailing|emailing|contact"
    r"|contacting|call|calling|messages|messaging|spam|harass|these|this|it)\b"
    rf"|\b{_NOT}\b(?: \S{{1,20}}){{0,3}}? (?:write|mail|email|contact|call|send|messages|mails|text)\b"
    r"(?: \S{1,20}){0,3}? (?:me|us|more|again|never|ever)\b"
    rf"|\b{_NOT} (?:want|wish)\b(?: \S{{1,20}}){{0,3}}? (?:get|receive|hear|mail|mails|messages)\b"
    r"|\bno more (?:mail|mails|emails|messages|calls|spam|contact|of this|from you)\b"
    r"|\b(?:lose my|forget my) (?:number|address|email)\b|\breport you\b|\bcease\b"
)
_TURNED = re.compile(rf"\b{_NOT}\b(?: \S{{1,20}}){{0,3}} ?$")

_INSIDE = re.compile(
    rf"(?:remove|delete|take|erase)(?: \S{{1,20}}){{0,2}}? {_NOT}\b"
)  # "ta inte bort"
_BEGINS_NOT = re.compile(rf"{_NOT}\b")
_END = re.compile(r"[.!?]")


def says_stop(glossed: list[str]) -> bool:
    """Whether the words ask to hear no more, unless the sentence turns them round."""
    text = " ".join(glossed[:400])
    for found in _SAYS.finditer(text):
        if not (_asked(text, found.end()) or _turned(text, found)):
            return True
    return False


def _asked(text: str, end: int) -> bool:
    """Within a question ("can we stop it at any time?") it is about the offer."""
    sign = _END.search(text, end, end + 160)
    return sign is not None and sign.group() == "?"


def _turned(text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() - 40) : found.start()]
    if _INSIDE.match(found.group()):
        return True
    return not _BEGINS_NOT.match(found.group()) and bool(_TURNED.search(before))
