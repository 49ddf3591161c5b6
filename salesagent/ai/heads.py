"""The trained heads: weights in a JSON file, read with numpy, checked by their hash before use.

A head is a table of small numbers, one row a class, one column a place of features.py. Nothing is
unpickled and nothing evaluated. The shipped file lies beside the encoder; one that was learned from
corrections lies in DATA_DIR/models and is used only when its hash is the one written next to it.
"""

import base64
import gc
import hashlib
import json
import logging
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from salesagent.ai import features
from salesagent.lib.memory import trim

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bytes = NDArray[np.int8]

FORMAT = 1
SHIPPED = Path(__file__).parent / "models" / "heads.json"
SHIPPED_SHA256 = Path(__file__).parent / "models" / "heads.json.sha256"
LEARNED = "heads.json"  # in DATA_DIR/models
IDLE_SECONDS = 3600.0
MOST_BYTES = 24 * 1024 * 1024

log = logging.getLogger(__name__)


class HeadsError(Exception):
    """The file is missing, altered or not of our making."""


@dataclass(frozen=True)
class Head:
    """Scores of the classes from the blocks that it looks at, and from the encoder's numbers."""

    classes: list[str]
    blocks: tuple[str, ...]
    weights: "Bytes"  # (places of its blocks, classes)
    scale: "Floats"
    bias: "Floats"
    meaning: "Floats | None"  # (384, classes)

    def scores(self, found: dict[str, features.Sparse], view: "Floats | None") -> "Floats":
        total = self.bias.copy()
        start = 0
        for name in self.blocks:
            block = found[name]
            rows = self.weights[block.places - features.start_of(name) + start]
            total += (block.values @ rows) * self.scale
            start += features.BLOCKS[name]
        if self.meaning is not None and view is not None:
            total += (view * features.MEANING) @ self.meaning
        return total


@dataclass(frozen=True)
class Heads:
    sha256: str
    made: dict[str, Any]  # corpus, numbers measured, thresholds
    rarity: "Floats"
    heads: dict[str, Head]
    calibration: dict[str, Any]

    def weighed(self, found: dict[str, features.Sparse]) -> dict[str, features.Sparse]:
        return {name: features.weigh(name, one, self.rarity) for name, one in found.items()}


_lock = threading.Lock()
_heads: Heads | None = None
_used = 0.0


def current() -> Heads:
    """The heads in use, loaded with the first text. Raises HeadsError when none can be used."""
    global _heads, _used
    with _lock:
        _used = time.monotonic()
        if _heads is None:
            _heads = _load()
            trim()
        return _heads


def unload_idle(now: float | None = None) -> bool:
    """Free the memory when nobody asked for IDLE_SECONDS. `now`: on time.monotonic's clock."""
    moment = time.monotonic() if now is None else now
    return moment - _used >= IDLE_SECONDS and unload()


def unload() -> bool:
    global _heads
    with _lock:
        had, _heads = _heads is not None, None
    gc.collect()
    return had


def loaded() -> bool:
    return _heads is not None


def folder() -> Path:
    return Path(settings.DATA_DIR) / "models"


def _load() -> Heads:
    learned = folder() / LEARNED
    if learned.exists():
        try:
            return read(learned, _said(learned.with_suffix(".json.sha256")))
        except HeadsError as error:
            log.warning("The learned heads are not used: %s", error)
    return read(SHIPPED, _said(SHIPPED_SHA256))


def _said(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").split()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        raise HeadsError(f"{path.name} is missing") from None


def read(path: Path, sha256: str) -> Heads:
    """Raises HeadsError unless the file is there, has that hash and is made as ours are."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise HeadsError(f"{path.name} is too large")
        data = path.read_bytes()
    except OSError:
        raise HeadsError(f"{path.name} cannot be read") from None
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise HeadsError(f"{path.name} is not the file it should be")
    try:
        return _parse(json.loads(data), digest)
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise HeadsError(f"{path.name} cannot be understood: {type(error).__name__}") from error


def _parse(told: dict[str, Any], digest: str) -> Heads:
    import numpy as np

    if told["format"] != FORMAT or told["blocks"] != features.BLOCKS:
        raise HeadsError("The heads are of another version")
    rarity = unpack(told["rarity"], np.uint8, (features.SIZE,)).astype(np.float32)
    return Heads(
        digest,
        told["made"],
        rarity * np.float32(told["rarity_step"]),
        {name: _head(one) for name, one in told["heads"].items()},
        told["calibration"],
    )


def _head(told: dict[str, Any]) -> Head:
    import numpy as np

    classes = [str(one) for one in told["classes"]]
    blocks = tuple(str(one) for one in told["blocks"])
    places = sum(features.BLOCKS[name] for name in blocks)
    meaning = told.get("meaning")
    return Head(
        classes,
        blocks,
        unpack(told["weights"], np.int8, (places, len(classes))),
        np.array(told["scale"], dtype=np.float32),
        np.array(told["bias"], dtype=np.float32),
        unpack(meaning, np.float16, (384, len(classes))).astype(np.float32) if meaning else None,
    )


def pack(numbers: "NDArray[Any]") -> str:
    return base64.b64encode(zlib.compress(numbers.tobytes(), 9)).decode("ascii")


def unpack(text: str, kind: Any, shape: tuple[int, ...]) -> "NDArray[Any]":
    """The numbers of `pack`; ValueError when they are not as many as there should be."""
    import numpy as np

    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    opened = zlib.decompressobj().decompress(base64.b64decode(text), size + 1)
    if len(opened) != size:
        raise ValueError("wrong size")
    return np.frombuffer(opened, dtype=kind).reshape(shape)
