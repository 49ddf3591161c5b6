"""An HTML part as plain text. Inbound HTML is never shown; this text is, escaped like any other.

nh3 drops scripts, styles and comments the way a browser would read them. Its tree grows with the
square of the nesting depth, so deep input is only stripped of its tags.
"""

import html
import re
from collections import Counter
from collections.abc import Callable

import nh3

HTML_LIMIT = 256 * 1024  # characters; facts/reliability.md section 3
_LINE_LIMIT = 4000  # lines that are made; the readers of this text look at fewer
_DEPTH_LIMIT = 150
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "wbr"})
_BLOCK = frozenset(
    {"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "section"}
)
_KEPT = {"p", "div", "br", "hr", "blockquote", "li", "ul", "ol", "table", "tr", "td", "th", "pre"}
_DROPPED = {"script", "style", "title", "head", "template", "noscript", "svg", "math"}
_TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})([^<>]*)>|<[!?/][^<>]*>|([^<]+)|<")
_OPEN_OR_CLOSED = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})[^<>]*>")
# where a mail program puts somebody else's message below without quote marks: Outlook on the web
# and for the Mac, Hotmail, Yahoo, Zoho; `style` is the rule above Outlook's header block
_FOREIGN = re.compile(
    r"""(?:\b(?:id|class|name)=["']?[^"'<>]{0,80}\b(?:divRplyFwdMsg|appendonsend|stopSpelling|"""
    r"""yahoo_quoted|zmail_extra|OutlookMessageHeader|mail-editor-reference-message-container)\b)"""
    r"""|border-top: ?solid #(?:E1E1E1|B5C4DF) 1\.0pt; ?padding: ?3\.0pt""",
    re.I,
)
FOREIGN_LINE = "-----Original Message-----"
_FRAME = {"class", "id", "name", "style"}
_SILENT = re.compile(r"<(style|script|title)\b[^<>]*>[^<]{0,100000}(?:</\1)?", re.I)
_SPACE = re.compile(r"\s+")
_BLANKS = re.compile(r"\n{3,}")


def to_text(source: str) -> str:
    """Lines as a reader would see them; quoted blocks (blockquote) get ">" marks. Linear time."""
    source = source[:HTML_LIMIT]
    flat = _depth(source) <= _DEPTH_LIMIT
    if flat:
        source = nh3.clean(
            source,
            tags=_KEPT,
            attributes={"div": _FRAME, "hr": _FRAME, "table": _FRAME},
            clean_content_tags=_DROPPED,
            link_rel=None,
        )
    else:
        source = _SILENT.sub(" ", source)
    return _walk(source, _cleaned_text if flat else html.unescape)


def _depth(source: str) -> int:
    """The most tags that could be open at once; a closing tag is believed when one
    of its name is open."""
    depth = most = 0
    opened: Counter[str] = Counter()
    for closing, name in _OPEN_OR_CLOSED.findall(source):
        name = name.lower()
        if name in _VOID or (closing and not opened[name]):
            continue
        step = -1 if closing else 1
        opened[name] += step
        depth += step
        most = max(most, depth)
        if most > _DEPTH_LIMIT:
            break
    return most


class _Lines:
    """Text as it comes, broken into lines that carry the quote depth they began with."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now: list[str] = []
        self.quoted = 0
        self.pre = 0

    def words(self, text: str) -> None:
        if not self.pre:
            self.now.append(_SPACE.sub(" ", text))
            return
        first, *rest = text.split("\n")
        self.now.append(first)
        for line in rest:
            self.end(always=True)
            self.now.append(line)

    def end(self, *, always: bool = False) -> None:
        """Close the line; an empty one only when asked for."""
        if not self.now and not always:
            return
        text = _SPACE.sub(" ", "".join(self.now)).strip()
        self.now = []
        if text or always:
            self.lines.append(f"{'>' * min(self.quoted, 5)} {text}" if self.quoted else text)

    def foreign(self) -> None:
        """Say once that a whole older message follows, if anything stands above it."""
        self.end()
        if self.lines and not self.quoted and FOREIGN_LINE not in self.lines[-3:]:
            self.lines.append(FOREIGN_LINE)

    def gap(self) -> None:
        self.end()
        if self.lines and self.lines[-1].strip("> "):
            if self.quoted and not self.lines[-1].startswith(">"):
                self.lines.append("")
            else:
                self.end(always=True)


def _cleaned_text(text: str) -> str:
    """nh3 leaves these character references only; html.unescape takes ten times as long."""
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ")
    return text.replace("&quot;", '"').replace("&amp;", "&")


def _walk(source: str, unescape: Callable[[str], str]) -> str:
    out = _Lines()
    for closing, name, rest, text in _TOKEN.findall(source):
        if text:
            out.words(unescape(text))
        elif name:
            name = name.lower()
            if "=" in rest and name in ("div", "hr", "table") and _FOREIGN.search(rest):
                out.foreign()
            _tag(out, name, bool(closing))
            if len(out.lines) >= _LINE_LIMIT:
                break
    out.end()
    return _BLANKS.sub("\n\n", "\n".join(out.lines)).strip()


def _tag(out: _Lines, name: str, closing: bool) -> None:
    if name == "br":
        out.end(always=True)
    elif name == "blockquote":
        out.end()
        out.quoted = max(out.quoted - 1, 0) if closing else out.quoted + 1
    elif name == "p" and not closing:
        out.gap()
    elif name == "pre":
        out.end()
        out.pre = max(out.pre - 1, 0) if closing else out.pre + 1
    elif name in _BLOCK or name == "hr":
        out.end()
    elif name == "li" and not closing:
        out.end()
        out.words("- ")
    elif name in ("td", "th"):
        out.words(" ")
