"""Take the screenshots of the README: start the demo in a folder of its own, sign in, look.

    .venv/bin/python tools/shots.py

Writes docs/shots/*.png, 1440x900. Needs Debian's chromium and the development packages; with Pillow
installed the files get a palette of 256 colours, which makes them a third as large.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SHOTS = ROOT / "docs" / "shots"
LIMIT = 250_000  # bytes of one file
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PEOPLE = (
    "First name;Last name;Email;Company;City;Country",
    "Marta;Kowalczyk;marta@polna-bakeries.example;Polna Bakeries;Kraków;PL",
    "Zoë;Visser;zoe@utrechts-graan.example;Utrechts Graan;Utrecht;NL",
    "Jürgen;Krüger;j.krueger@kornblume.example;Kornblume;Münster;DE",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + 600
    while True:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):  # noqa: S310  loopback
                return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end or process.poll() is not None:
                raise SystemExit("The demo did not start.") from None
            time.sleep(0.2)


def shoot(page: Any, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    path = SHOTS / f"{name}.png"
    page.screenshot(path=str(path), animations="disabled")
    shrink(path)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)} {size // 1000} KB")
    if size > LIMIT:
        raise SystemExit(f"{path.name} is larger than {LIMIT // 1000} KB.")


def shrink(path: Path) -> None:
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def sign_in(page: Any, login: str, password: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/today/")


def take(page: Any, folder: Path) -> None:
    """The pages of a rep's day."""
    shoot(page, "today")
    page.goto("/approvals/")
    shoot(page, "approvals")
    page.goto("/leads/")
    shoot(page, "leads")
    page.goto("/today/")
    page.locator("#pane a[href^='/leads/']").first.click()
    page.wait_for_url("**/leads/*/**")
    shoot(page, "thread")
    page.goto("/sequences/")
    page.locator("main a[href^='/sequences/']").filter(has_text="Name the pain").first.click()
    page.wait_for_url("**/sequences/*/**")
    shoot(page, "sequence")
    file = folder / "trade-fair.csv"
    file.write_bytes("\r\n".join(PEOPLE).encode("cp1252"))
    page.goto("/leads/import/")
    page.get_by_label("CSV file or Excel workbook").set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    page.wait_for_url("**/imports/*/")
    shoot(page, "import")


def take_numbers(page: Any) -> None:
    """What the owner looks at."""
    for name, path in (("analytics", "/analytics/"), ("forecast", "/analytics/forecast/")):
        page.goto(path)
        shoot(page, name)


def main() -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        env = {**os.environ, "DEMO_DIR": str(folder), "STATIC_ROOT": str(folder / "static")}
        log = folder / "log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(port)],
                cwd=ROOT,
                env={**env, "PYTHONUNBUFFERED": "1"},
                stdout=out,
                text=True,
            )
            try:
                url = f"http://127.0.0.1:{port}"
                wait_for(url, process)
                told = re.findall(r"^(rep|owner) (\S+) (\S+)$", log.read_text(), re.M)
                logins = {role: login for role, *login in told}
                if len(logins) < 2:
                    raise SystemExit("The demo printed no login.")
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(
                        executable_path="/usr/bin/chromium", args=OPTIONS
                    )
                    size = {"width": 1440, "height": 900}
                    for role in ("rep", "owner"):
                        page = browser.new_page(viewport=size, base_url=url, color_scheme="light")
                        sign_in(page, *logins[role])
                        if role == "rep":
                            take(page, folder)
                        else:
                            take_numbers(page)
                    browser.close()
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=40)


if __name__ == "__main__":
    main()
