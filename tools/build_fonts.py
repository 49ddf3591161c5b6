"""Make the two fonts that PDFs embed, from the published web font.

    npm pack @fontsource/inter@5.3.0 && tar xzf fontsource-inter-5.3.0.tgz
    pip install fonttools brotli
    python tools/build_fonts.py package/files static/fonts

The web font comes in parts by script; each weight is merged into one file with its own names (two
weights of one name show as one). Kerning tables are dropped: reportlab does not read them.
"""

import sys
from pathlib import Path

from fontTools import merge
from fontTools.ttLib import TTFont

WEIGHTS = {400: "Regular", 600: "SemiBold"}
SCRIPTS = ("latin", "latin-ext", "greek", "greek-ext", "cyrillic", "cyrillic-ext", "vietnamese")
DROPPED = ("GPOS", "GSUB", "GDEF", "STAT")


def part(source: Path, into: Path) -> Path:
    font = TTFont(source)
    font.flavor = None
    for table in DROPPED:
        if table in font:
            del font[table]
    font.save(into)
    return into


def build(files: Path, out: Path, weight: int, name: str) -> Path:
    parts = [
        str(part(files / f"inter-{script}-{weight}-normal.woff2", out / f"{script}-{weight}.ttf"))
        for script in SCRIPTS
    ]
    font = merge.Merger().merge(parts)
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = f"Inter {name}"
        elif record.nameID in (3, 6):
            record.string = f"Inter-{name}"
        elif record.nameID in (2, 17):
            record.string = name
    made = out / f"Inter-{name}.ttf"
    font.save(made)
    for one in parts:
        Path(one).unlink()
    return made


if __name__ == "__main__":
    for weight, name in WEIGHTS.items():
        made = build(Path(sys.argv[1]), Path(sys.argv[2]), weight, name)
        print(made.name, made.stat().st_size, len(TTFont(made).getBestCmap()))
