"""Start-up errors: each says what to do. Run in a fresh interpreter, as a user would meet them."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

START = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "salesagent.settings"
import django
django.setup()
print("ok")
"""


def check(tmp_path, **env):
    ours = ("SECRET_KEY", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "DEBUG")
    clean = {key: value for key, value in os.environ.items() if key not in ours}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", START],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        env={**clean, "ENV_FILE": str(tmp_path / "none"), "DATA_DIR": str(tmp_path / "d"), **env},
    )


GOOD = "x7" * 24


def test_a_good_environment_starts(tmp_path):
    assert check(tmp_path, SECRET_KEY=GOOD).stdout == "ok\n"


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "too weak"),
        ({"SECRET_KEY": "changeme" * 10}, "too weak"),
        ({"SECRET_KEY": GOOD, "DATA_DIR": "/proc/nothing"}, "cannot be created"),
        ({"SECRET_KEY": GOOD, "DATABASE_URL": "what://?"}, "DATABASE_URL"),
    ],
)
def test_a_bad_one_says_what_to_do(tmp_path, env, words):
    result = check(tmp_path, **env)
    assert result.returncode != 0
    assert words in result.stderr


HEAVY = ["sklearn", "transformers", "torch", "openai", "onnxruntime", "twilio", "reportlab"]
HEAVY += ["openpyxl", "holidays", "phonenumbers", "imapclient", "pydantic", "cryptography"]
HEAVY += ["charset_normalizer", "requests", "urllib3", "anymail"]
HEAVY += ["numpy", "tokenizers", "scipy", "joblib", "ninja"]
PAGE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from salesagent.accounts.models import User
user = User.objects.create_user("a@b.example", None, name="A")
client = Client()
client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
pages = ["/account/login/"], ["/leads/", "/today/", "/approvals/", "/search/?q=x", "/sequences/"]
pages[1].append("/settings/api/")
assert client.get("/api/v1/leads").status_code == 401
assert {Client().get(path).status_code for path in pages[0]} == {200}
assert {client.get(path).status_code for path in pages[1]} == {200}
"""


@pytest.mark.parametrize("then", ["", PAGE], ids=["at start", "after the first pages"])
def test_heavy_packages_wait(tmp_path, then):
    """Until they are needed none of the heavy packages is loaded (DESIGN.md section 1)."""
    code = f"{START}{then}\nimport sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    env = {"SECRET_KEY": GOOD, "DATA_DIR": str(tmp_path), "ENV_FILE": str(tmp_path / "none")}
    outer = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        env={**outer, **env, "PLAIN_STATIC": "1", "ALLOWED_HOSTS": "testserver"},
    )
    assert result.stdout == "ok\n[]\n"
