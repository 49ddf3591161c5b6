"""The sentence encoder: true to its fp32 weights, the same each time, small, never in the way."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from salesagent.ai import encoder
from salesagent.ai.encoder import EncoderUnavailable
from salesagent.lib import memory

GOLDEN = Path(__file__).parent / "fixtures" / "encoder_golden.json"
ROWS: list[dict[str, str]] = json.loads(GOLDEN.read_text("utf-8"))


@pytest.fixture(autouse=True)
def _forget_refusals(settings: Any) -> Iterator[None]:
    settings.NLP_BACKEND = "onnx"
    encoder._why = ""
    yield
    encoder._why = ""


@pytest.fixture
def unloaded() -> Iterator[None]:
    encoder.unload()
    yield
    encoder.unload()


def _fp32(row: dict[str, str]) -> Any:
    return np.frombuffer(base64.b64decode(row["fp32"]), "<f4")


# --- true to the weights (tools/build_encoder.py made the vectors with torch) ---


def test_int8_is_close_to_fp32() -> None:
    """0.97 for sentences; one or two words have fewer tokens to even the rounding out."""
    found = {row["text"]: float(encoder.encode(row["text"]) @ _fp32(row)) for row in ROWS}
    assert len(found) >= 50
    short = {text for text in found if len(text.split()) < 3}
    low = {text: cosine for text, cosine in found.items() if cosine < 0.97}
    assert set(low) <= short and min(found.values()) >= 0.96
    assert sum(found.values()) / len(found) >= 0.985


def test_golden_vectors_are_unit_vectors() -> None:
    assert all(abs(np.linalg.norm(_fp32(row)) - 1) < 1e-5 for row in ROWS)


def test_like_texts_lie_close() -> None:
    one = encoder.encode("It is too expensive for us.")
    near = encoder.encode("Your price is more than we can pay.")
    far = encoder.encode("Let us meet on Thursday at ten.")
    assert float(one @ near) > float(one @ far) + 0.2


# --- the same each time ---


def test_the_same_text_gives_the_same_numbers(unloaded: None) -> None:
    first = encoder.encode("Who is called at night?")
    encoder.encode("Something much longer in between, which must not leave a trace. " * 5)
    assert np.array_equal(first, encoder.encode("Who is called at night?"))
    encoder.unload()
    assert np.array_equal(first, encoder.encode("Who is called at night?"))


def test_threads_share_one_and_agree(unloaded: None) -> None:
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(encoder.encode("Call me on Monday.")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(np.array_equal(found[0], one) for one in found)


# --- any text ---


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\n", "\0\0\0", "a\0b", "🎉" * 50, "x" * 100_000, "word " * 100_000, "\u202e abc",
     "ﷺ" * 500, "\ud800 half of a pair", "中文" * 300, "a\u0301" * 400],
    ids=lambda text: ascii(text[:8]),
)  # fmt: skip
def test_any_text_gives_a_unit_vector(text: str) -> None:
    found = encoder.encode(text)
    assert found.shape == (encoder.SIZE,) and found.dtype == np.float32
    assert abs(float(np.linalg.norm(found)) - 1) < 1e-4


def test_words_past_the_limit_do_not_count() -> None:
    head = "cold room " * 200
    assert np.array_equal(encoder.encode(head + "yes"), encoder.encode(head + "no thanks"))


# --- unavailable ---


@pytest.mark.usefixtures("unloaded")
def test_an_altered_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    altered = tmp_path / encoder.VOCAB.name
    altered.write_bytes(encoder.VOCAB.read_bytes() + b"x\n")
    monkeypatch.setattr(encoder, "VOCAB", altered)
    with pytest.raises(EncoderUnavailable, match="not the file it should be"):
        encoder.encode("Hello")
    assert not encoder.loaded()


@pytest.mark.usefixtures("unloaded")
def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "MODEL", tmp_path / "gone.onnx")
    with pytest.raises(EncoderUnavailable, match=r"gone\.onnx is missing"):
        encoder.encode("Hello")


@pytest.mark.usefixtures("unloaded")
def test_short_memory_refuses_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(memory, "free_mb", lambda: asked.append(1) or 30)
    for _ in range(3):
        with pytest.raises(EncoderUnavailable, match="30 MB of memory are free, it needs"):
            encoder.encode("Hello")
    assert len(asked) == 1
    monkeypatch.setattr(memory, "free_mb", lambda: None)
    monkeypatch.setattr(encoder, "_refused", encoder._refused - 61)
    assert encoder.encode("Hello").shape == (encoder.SIZE,)


@pytest.mark.usefixtures("unloaded")
@pytest.mark.parametrize("backend", ["off", "", "keywords"])
def test_it_can_be_switched_off(backend: str, settings: Any) -> None:
    settings.NLP_BACKEND = backend
    with pytest.raises(EncoderUnavailable, match="off"):
        encoder.encode("Hello")


@pytest.mark.usefixtures("unloaded")
def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(EncoderUnavailable, match="tokenizers is not installed"):
        encoder.encode("Hello")


# --- unloading ---


@pytest.mark.usefixtures("unloaded")
def test_idle_it_is_unloaded_and_comes_back() -> None:
    before = encoder.encode("Hello")
    assert encoder.loaded() and not encoder.unload_idle()
    later = encoder._used + encoder.IDLE_SECONDS + 1
    assert encoder.unload_idle(later) and not encoder.loaded()
    assert not encoder.unload_idle(later)
    assert np.array_equal(before, encoder.encode("Hello"))


MEMORY = """
import os, re, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "salesagent.settings"
import django
django.setup()
def pss():
    text = open("/proc/self/smaps_rollup").read()
    return int(re.search(r"^Pss:\\s+(\\d+)", text, re.M).group(1)) / 1024
from salesagent.ai import encoder
bare = pss()
for number in range(30):
    encoder.encode(f"We have {number} cold rooms and nobody who answers at night.")
full = pss()
encoder.unload()
heavy = [m for m in ("torch", "transformers", "sklearn", "scipy") if m in sys.modules]
print(bare, full, pss(), heavy)
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux")
def test_it_stays_small_and_frees_its_memory(tmp_path: Path) -> None:
    """In a process of its own: Django with the encoder, then without it."""
    ours = ("DATABASE_URL", "NLP_BACKEND", "DJANGO_SETTINGS_MODULE")
    outer = {key: value for key, value in os.environ.items() if key not in ours}
    env = {"SECRET_KEY": "x7" * 24, "DATA_DIR": str(tmp_path), "ENV_FILE": str(tmp_path / "none")}
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", MEMORY],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        env={**outer, **env},
    )
    bare, full, after, heavy = result.stdout.split(maxsplit=3)
    assert heavy.strip() == "[]"
    assert float(full) < 150, result.stdout
    assert float(full) - float(after) > 15, result.stdout
    assert float(bare) < float(after)


# --- the other backend ---


@pytest.mark.slow
def test_the_tokenizer_of_transformers_agrees() -> None:
    ours, theirs = encoder._Onnx(), encoder._Transformers()
    for row in ROWS:
        ids = theirs.tokenizer(row["text"], truncation=True, max_length=encoder.MOST_TOKENS)
        assert ours.tokenizer.encode(row["text"]).ids == ids["input_ids"], row["text"]
        assert float(ours.encode(row["text"]) @ theirs.encode(row["text"])) > 0.9999
