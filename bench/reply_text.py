"""How long the new words of a hostile mail take: `python -m bench.reply_text`.

Each 64 KB input is timed next to a trivial reading of the same input in the same run (a split into
lines and words), and the ratio printed: times alone say more about the machine than about the code.
"""

import time
from collections.abc import Callable

from outreach.mail.reply_text import extract

SIZE = 64 * 1024
PLAIN = [
    "On On On ", "> ", ">\n", "a\n", "\n", "On 1\n", "On 1:\n", "From:\n", "From: a\n", "-- \n",
    "wrote: ", "12:30 x@y <\n", "On 12:30 a@b.c wxyz, " * 6 + ":\n", "a" * 120 + ":\n", "x",
    "Le 12:30 é:\n", "De: a\n", "a <b@c>\n", "Sent from my \n", "-----\n",
    "> " + "a" * 70 + ",\nb\n",
    "2026-01-01 10:00 GMT+1:00\n", " \n", "\u200b", "<a@b.c> wrote\n", "é" * 50, "\r\n\r", "\x00",
    "1 2025 ", "2025 1" * 50 + ":\n>\n", "a:\n>\n", "A B wrote:\n> x\n", "_" * 20 + "\n", "1.1.1 ",
    "_" * 20 + "\na: b\n", "---- a b c ----\n", ">>> a@b >>>\n", ">>> a ", "Hash: \n", "\u202e:",
    "-----BEGIN PGP SIGNATURE-----\n", "On 1 <a@b.c> 12:30\n", "x" * 399 + ":\n>\n",
    "On 1 1 2026 a b\nc d\ne f\ng:\n", "Abcdefghi " * 30 + ":\n> \n", "line " * 20 + "\n", "&lt;",
    "From:\n>\n<a@b.c> wrote\n", "<p>A 1:</p>B wrote:\n> x\n-- \n&lt;",
    "On 1/1/2026 10:00 <a@b>\n\n", "x" * 399 + ":\n>\na <b@c>\na\n", "From: a <b@c.d>\n\n",
    "Sent from my iPhone\n\n",
]  # fmt: skip
MARKUP = [
    "<div>", "<p>", "<b>", "<table><tr><td>", "<blockquote>", "&lt;", "&", "&#62;", "<", "<!--",
    "<div style='", "<div class=\"a\">x</div>", "<br>", "<li>", "<style>", "<pre>\n",
    "a\n", "</div>",
    "<div><p></div></p>", "<font><b><i>", "<a href=x>", "<td>", "<svg><style>", "<hr>", "<x y=1 ",
    "<div id=divRplyFwdMsg>", "<div id='" + "a" * 100 + "'>x</div>",
    "<p>On 1:<blockquote>x</blockquote>",
    "<b><p>x</b>", "<table><div>", "<select><div>", "<title>", "<h1><a>", "<nobr>x", "</div><b>>\n",
    "<a><p>",
]  # fmt: skip


def milliseconds(call: Callable[[], object]) -> float:
    best = 1e9
    for _ in range(3):
        begin = time.process_time()
        call()
        best = min(best, (time.process_time() - begin) * 1000)
    return best


def measure(piece: str, *, markup: bool) -> tuple[float, float]:
    """Milliseconds of `extract` and of the trivial reading."""
    whole = (piece * SIZE)[:SIZE]
    trivial = milliseconds(lambda: [line.split() for line in whole.split("\n")])
    call = (lambda: extract(None, whole)) if markup else (lambda: extract(whole, None))
    return milliseconds(call), trivial


def main() -> None:
    rows = [(*measure(piece, markup=False), "text", piece) for piece in PLAIN]
    rows += [(*measure(piece, markup=True), "html", piece) for piece in MARKUP]
    print("   ms   ratio  kind  repeated to 64 KB")
    for spent, trivial, kind, piece in sorted(rows, key=lambda row: -row[0]):
        print(f"{spent:6.1f} {spent / max(trivial, 0.001):6.1f}x {kind:>5}  {piece[:50]!r}")


if __name__ == "__main__":
    main()
