"""The HTML twin of a plain text: one column, the reader's own fonts, no picture, no colour."""

import re
from collections.abc import Mapping
from html import escape

from outreach.mail.message import OutboundMessage
from salesagent.lib.text import clean, one_line

_LINK = re.compile(r"https?://[^\s<>\"'\u00ab\u00bb\u201c\u201d]{1,2000}")
_TRAILING = ".,;:!?)]}*_"
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
BODY = f"{FONT};font-size:15px;line-height:1.5"
FOOT = f"{FONT};font-size:12px;line-height:1.5;color:#767676"


def html_part(message: OutboundMessage) -> str:
    """`message.html` stands for the text where it is given; the footer is always ours."""
    text = message.html or body_html(message.text)
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"></head>\n<body>\n'
        f'<div style="{BODY}">\n{text}\n</div>\n{_footer(message)}</body></html>\n'
    )


def body_html(text: str, links: Mapping[str, str] | None = None, pixel: str = "") -> str:
    """Paragraphs of a plain text. `links`: address in the text -> where its link leads instead;
    what is read stays the address itself. `pixel`: the address of a picture of one point."""
    blocks = re.split(r"\n[ \t]*\n", clean(text).replace("\r\n", "\n").strip())
    made = [f"<p>{paragraph(block, links or {})}</p>" for block in blocks if block.strip()]
    if pixel:
        made.append(f'<img src="{escape(pixel)}" width="1" height="1" alt="">')
    return "\n".join(made)


def links_in(text: str) -> list[str]:
    """The web addresses that become links, in their order."""
    return [_without_trailing(match.group()) for match in _LINK.finditer(clean(text))]


def paragraph(text: str, links: Mapping[str, str] | None = None) -> str:
    """Escaped, with line breaks kept and web addresses made links; nothing else becomes markup."""
    out, at = [], 0
    for match in _LINK.finditer(text):
        url = _without_trailing(match.group())
        target = (links or {}).get(url, url)
        out += [escape(text[at : match.start()]), f'<a href="{escape(target)}">{escape(url)}</a>']
        at = match.start() + len(url)
    out.append(escape(text[at:]))
    return "".join(out).replace("\n", "<br>\n")


def _without_trailing(url: str) -> str:
    """A full stop after a link is the sentence's; a bracket opened inside is not."""
    while (
        url and url[-1] in _TRAILING and not (url[-1] == ")" and url.count("(") >= url.count(")"))
    ):
        url = url[:-1]
    return url


def _footer(message: OutboundMessage) -> str:
    given = (message.company, message.postal_address, message.reason)
    lines = [escape(one_line(line, 300)) for line in given if line.strip()]
    if message.unsubscribe_url:
        lines.append(f'<a href="{escape(message.unsubscribe_url)}">Do not want these mails?</a>')
    return f'<p style="{FOOT}">{"<br>".join(lines)}</p>\n' if lines else ""
