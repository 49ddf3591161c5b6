# ruff: noqa: E501  an alternative of a pattern stays on its line
"""Where a mail ends: the closing and the signature below it name who writes, they state nothing.

Only names, places and job titles of these lines are let off; a number, a proof or a promise wants
its source there as anywhere, and so does the name that stands first below the closing.
"""

import re
from dataclasses import dataclass

LET_OFF = frozenset({"person", "place", "company", "name", "title", "trade"})
MOST = 9  # lines of a signature
LONG = 90  # characters of such a line
_GREETS = re.compile(
    r"(?:(?:mit |with |with my |my )?(?:kind(?:est)?|best|warm(?:est)?|many|sincere) (?:regards|wishes|greetings)|regards|best|cheers|sincerely|yours (?:sincerely|faithfully|truly)|sincerely yours|(?:many )?thanks(?: and (?:best|kind) regards)?|all the best|take care|respectfully"
    r"|(?:mit )?(?:(?:ganz )?(?:freundliche[nmr]?|beste[nmr]?|herzliche[nmr]?|liebe[nmr]?|viele[nmr]?|sonnige[nmr]?|schöne[nmr]?) )?(?:grüße[n]?|grüsse[n]?|gruß|gruss)|hochachtungsvoll|mfg|lg|vg|beste wünsche|herzlichst"
    r"|(?:bien |très )?cordialement|bien (?:à vous|à toi|sincèrement)|(?:avec mes |mes )?(?:meilleures|sincères|cordiales) salutations|salutations(?: distinguées)?|sincèrement|respectueusement|belle journée|bonne journée|amicalement"
    r"|(?:reciba |con |un |muchos )?(?:(?:cordiales|atentos) )?saludos?(?: cordial(?:es)?| atentos?)?|atentamente|cordialmente|un abrazo"
    r"|(?:con i (?:miei )?(?:migliori|più cordiali) |i miei (?:migliori|più cordiali) )?(?:cordiali|distinti|cari|migliori)? ?saluti|cordialmente|un saluto|a presto"
    r"|(?:com os? )?(?:melhores|meus|os meus) cumprimentos|cumprimentos|com os melhores cumprimentos|atenciosamente|cordialmente|um abraço|abraços?"
    r"|(?:met )?(?:vriendelijke|hartelijke|beste|warme) groet(?:en)?|groet(?:en|jes)?|hoogachtend|mvg"
    r"|z (?:poważaniem|wyrazami szacunku|pozdrowieniami)|(?:serdecznie )?pozdrawiam(?: serdecznie)?|(?:serdeczne )?pozdrowienia|łączę (?:pozdrowienia|wyrazy szacunku)"
    r"|(?:med )?(?:vänliga?|venlige?|vennlige?|bästa|hjertelige?|varma) (?:hälsning(?:ar)?|hilsen(?:er)?)|mvh|hälsningar|hilsen)(?![^\W_])"
    r"(?: (?:from|aus|von|vom|de|desde|da|dalla|uit|van|från|fra|z|ze) [^,.;:!?\n]{2,40})?[,.!;]?",
    re.I,
)
_NO_SIGN = re.compile(r"p\.? ?p?\.? ?s\b|.*[?!]$|.*(?<!\b[A-Za-z])(?<!Co)(?<!Inc)(?<!Ltd)\.$", re.I)


@dataclass(frozen=True)
class Sign:
    """Where the closing begins, where the name below it stands, where the signature ends."""

    start: int
    name: int
    end: int

    def lets_off(self, kind: str, start: int) -> bool:
        """Whether what stands there needs no source: who writes is no statement, but the name that
        signs is to be one of ours."""
        if kind not in LET_OFF or not self.start <= start < self.end:
            return False
        return start != self.name or kind not in ("person", "name")


def closing(text: str) -> Sign | None:
    """The signature of a mail, if it has one that is closed with a greeting."""
    lines = [(one.start(), one[0]) for one in re.finditer(r"[^\n]+", text) if one[0].strip()]
    for place in range(max(0, len(lines) - MOST - 1), len(lines)):
        start, line = lines[place]
        found = _GREETS.match(line.strip())
        if found and (rest := _after(line.strip(), found)) is not None:
            return _extent(lines[place:], start, line.find(rest) if rest else -1)
    return None


def _after(line: str, found: re.Match[str]) -> str | None:
    """What follows the greeting on its line, a name at most; None: it is a sentence."""
    rest = line[found.end() :].strip(" ,")
    fits = not rest or (len(rest) < 40 and found[0].endswith(","))
    return rest if fits and not rest.endswith(("?", ".")) else None


def _extent(lines: list[tuple[int, str]], start: int, named: int) -> Sign:
    end, name = start + len(lines[0][1]), start + named if named >= 0 else -1
    for at, line in lines[1:]:
        if len(line) > LONG or _NO_SIGN.match(line.strip()):
            break
        name = at + len(line) - len(line.lstrip()) if name < 0 else name
        end = at + len(line)
    return Sign(start, name, end)
