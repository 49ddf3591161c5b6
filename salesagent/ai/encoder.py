"""Meaning as numbers: a sentence becomes 384 numbers of unit length (all-MiniLM-L6-v2, int8).

Loaded with the first text, unloaded when nobody asked for an hour, never loaded where memory is
short: then `encode` raises EncoderUnavailable and the callers go by words alone. One text at a
time, because int8 scales depend on the batch (the same text must give the same numbers). English
only; the heads know that (salesagent.ai.heads). Model card: salesagent/ai/models/README.md.
"""

import gc
import hashlib
import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

FOLDER = Path(__file__).parent / "models"
MODEL, VOCAB = FOLDER / "minilm-l6-v2-int8.onnx", FOLDER / "vocab.txt"
SHA256 = {
    MODEL.name: "f5e3a7860aa53605824183118a4b7e4affa238e85d45ec318bf29fcc9f73db21",
    VOCAB.name: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
SIZE = 384
MOST_TOKENS = 128
MOST_CHARS = 4_000  # more never makes 128 tokens of a sensible text
IDLE_SECONDS = 3600.0
NEEDED_MB = 80  # measured: onnxruntime with numpy 38, session 35 (facts/ml.md A3), and some room

log = logging.getLogger(__name__)


class EncoderUnavailable(Exception):
    """There is no encoder: switched off, not installed, files altered, or memory is short."""


class Backend(Protocol):
    def encode(self, text: str) -> "Vector": ...


_lock = threading.Lock()
_backend: Backend | None = None
_used = 0.0
_refused = 0.0  # when it could not be loaded last; not tried again for a minute
_why = ""


def encode(text: str) -> "Vector":
    """The text's meaning as a float32 array of shape (384,), unit length; thread-safe.

    Words beyond 128 tokens do not count. Raises EncoderUnavailable.
    """
    global _used
    backend = _backend or _load()
    _used = time.monotonic()
    whole = text[:MOST_CHARS].encode("utf-8", "replace").decode()  # half pairs stop tokenizers
    return backend.encode(whole)


def loaded() -> bool:
    return _backend is not None


def unload_idle(now: float | None = None) -> bool:
    """Free the memory when nobody asked for IDLE_SECONDS. `now`: on time.monotonic's clock."""
    moment = time.monotonic() if now is None else now
    return moment - _used >= IDLE_SECONDS and unload()


def unload() -> bool:
    """Free the memory now; False when nothing was loaded."""
    global _backend
    with _lock:
        if _backend is None:
            return False
        _backend = None
    gc.collect()
    _give_back()
    return True


def _give_back() -> None:
    from salesagent.lib.memory import trim

    trim()


def _load() -> Backend:
    global _backend, _refused, _why
    with _lock:
        if _backend is not None:
            return _backend
        if _why and time.monotonic() - _refused < 60:
            raise EncoderUnavailable(_why)
        try:
            _backend = _make(settings.NLP_BACKEND)
        except EncoderUnavailable as error:
            _why, _refused = str(error), time.monotonic()
            log.warning("The encoder is not used: %s", error)
            raise
        _why = ""
        _give_back()  # loading leaves 13 MB behind
        return _backend


def _make(kind: str) -> Backend:
    if kind in ("", "off", "keywords"):
        raise EncoderUnavailable("NLP_BACKEND is off")
    from salesagent.lib.memory import free_mb

    free = free_mb()
    if free is not None and free < NEEDED_MB:
        raise EncoderUnavailable(f"{free} MB of memory are free, it needs {NEEDED_MB}")
    check_files()
    try:
        return _Transformers() if kind == "transformers" else _Onnx()
    except ImportError as error:
        raise EncoderUnavailable(f"{error.name} is not installed") from error


def check_files() -> None:
    """Raises EncoderUnavailable when a file is missing or not the one we measured."""
    for path in (MODEL, VOCAB):
        if not path.exists():
            raise EncoderUnavailable(f"{path.name} is missing")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != SHA256[path.name]:
            raise EncoderUnavailable(f"{path.name} is not the file it should be")


def _session() -> Any:
    """One thread, no arena, no spinning: settings of facts/ml.md A3."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])


class _Onnx:
    """onnxruntime and tokenizers: neither torch nor transformers."""

    def __init__(self) -> None:
        from tokenizers import BertWordPieceTokenizer

        self.tokenizer = BertWordPieceTokenizer(str(VOCAB), lowercase=True)
        self.tokenizer.enable_truncation(MOST_TOKENS)
        self.session = _session()

    def encode(self, text: str) -> "Vector":
        found = self.tokenizer.encode(text)
        return _run(self.session, found.ids, found.attention_mask)


class _Transformers:
    """The tokenizer of transformers on the same graph: to compare, and where it is wanted."""

    def __init__(self) -> None:
        from transformers import BertTokenizerFast  # type: ignore[attr-defined]

        self.tokenizer = BertTokenizerFast(vocab=str(VOCAB), do_lower_case=True)
        self.session = _session()

    def encode(self, text: str) -> "Vector":
        found = self.tokenizer(text, truncation=True, max_length=MOST_TOKENS)
        return _run(self.session, found["input_ids"], found["attention_mask"])


def _run(session: Any, ids: list[int], mask: list[int]) -> "Vector":
    import numpy as np

    feed = {
        "input_ids": np.array([ids], dtype=np.int64),
        "attention_mask": np.array([mask], dtype=np.int64),
    }
    out: Vector = session.run(None, feed)[0][0].astype(np.float32)
    return out
