"""The strict CSP holds only while no template carries code or style of its own."""

import re

import pytest
from django.conf import settings

# where people are sent by a link that they press: profiles, and where an app is made
LINKED = r"www\.linkedin\.com|console\.cloud\.google\.com|app\.hubspot\.com"
FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "a script without src": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.I),
    "a style element": re.compile(r"<style", re.I),
    "|safe": re.compile(r"\|\s*safe\b"),
    "autoescape off": re.compile(r"autoescape\s+off"),
    "hx-on": re.compile(r"\shx-on"),
    "a foreign host": re.compile(rf"(?:src|href)=[\"']https?://(?!{LINKED})", re.I),
}
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))


def test_there_are_templates():
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what):
    pattern = FORBIDDEN[what]
    bad = [
        f"{path.name}: {m.group(0)}"
        for path in TEMPLATES
        for m in pattern.finditer(path.read_text())
    ]
    assert bad == []


def test_our_scripts_need_no_eval():
    for path in (settings.BASE_DIR / "static" / "js").glob("*.js"):
        text = path.read_text()
        assert not re.search(r"\beval\(|new Function|\.innerHTML\s*=", text), path.name


def test_csp_is_sent_on_each_answer(client, db):
    policy = client.get("/account/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy and "unsafe" not in policy
