"""A model on disk: JSON that serves requests, and beside it the pickled scikit-learn twin, signed.

`<sha256 of the JSON>.json` is the model, `<same>.joblib` the twin, `<same>.sig` one line of JSON
with the sha256 of both and an HMAC-SHA256 over these. A name is the version. A file that was
altered is refused before it is read; a pickle is never opened without its signature.
"""

import hashlib
import hmac
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leads.scoring.model import Model

_VERSION = re.compile(r"^[0-9a-f]{64}$")
_PURPOSE = b"salesagent score model v1\n"
KEEP = 5


class ArtefactError(Exception):
    """A stored model cannot be used: missing, altered, or signed with another key."""


@dataclass(frozen=True)
class Saved:
    """`version` is the sha256 of the JSON in hex; sizes in bytes; `pickle_sha256` may be empty."""

    version: str
    path: Path
    size: int
    pickle_sha256: str


def save(directory: Path, model: Model, twin: Mapping[str, Any] | None, key: bytes) -> Saved:
    """Write both files and their signature; the same model again replaces its own files."""
    directory.mkdir(parents=True, exist_ok=True)
    data = _canonical(model.to_json())
    version = hashlib.sha256(data).hexdigest()
    pickled = _pickle(twin) if twin else b""
    digest = hashlib.sha256(pickled).hexdigest() if pickled else ""
    path = directory / f"{version}.json"
    _write(path, data)
    if pickled:
        _write(directory / f"{version}.joblib", pickled)
    signed = {"json": version, "pickle": digest, "hmac": _sign(version, digest, key)}
    _write(directory / f"{version}.sig", _canonical(signed))
    return Saved(version, path, len(data), digest)


def load(directory: Path, version: str, key: bytes) -> Model:
    """The model of a version, for serving; loads no package.

    Raises ArtefactError when a file is missing, was altered or is signed with another key.
    """
    _signed(directory, version, key)
    data = _read(directory / f"{version}.json")
    if hashlib.sha256(data).hexdigest() != version:
        raise ArtefactError(f"The score model {version[:12]} was altered; it is not loaded.")
    try:
        return Model.from_json(json.loads(data))
    except ValueError as error:
        raise ArtefactError(f"The score model {version[:12]} cannot be read: {error}") from error


def load_twin(directory: Path, version: str, key: bytes) -> dict[str, Any]:
    """The scikit-learn twin. Loads scikit-learn, so not in a web process.

    Raises ArtefactError as `load` does, before a byte is unpickled.
    """
    signed = _signed(directory, version, key)
    data = _read(directory / f"{version}.joblib")
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), signed["pickle"]):
        raise ArtefactError(f"The pickle of score model {version[:12]} was altered; not loaded.")
    import io

    import joblib

    twin: dict[str, Any] = joblib.load(io.BytesIO(data))
    return twin


def check(directory: Path, version: str, key: bytes) -> None:
    """Whether the pickle is the one that was signed; opens nothing. Raises ArtefactError."""
    signed = _signed(directory, version, key)
    data = _read(directory / f"{version}.joblib")
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), signed["pickle"]):
        raise ArtefactError(f"The pickle of score model {version[:12]} was altered; not loaded.")


def version_of(data: Mapping[str, Any]) -> str:
    """The sha256 of a model's JSON, in hex."""
    return hashlib.sha256(_canonical(data)).hexdigest()


def plain(data: Any) -> Any:
    """The same JSON without a minus before a zero, which not every database keeps."""
    if isinstance(data, Mapping):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    return 0.0 if isinstance(data, float) and data == 0 else data


def versions(directory: Path) -> list[str]:
    """Stored versions, the newest first. Whether they load is only known by loading."""
    found = [path for path in directory.glob("*.sig") if _VERSION.match(path.stem)]
    return [p.stem for p in sorted(found, key=lambda p: (-p.stat().st_mtime_ns, p.stem))]


def prune(directory: Path, in_use: str, keep: int = KEEP) -> list[str]:
    """Delete all but the newest `keep` and the one in use; returns what went."""
    gone = [version for version in versions(directory)[keep:] if version != in_use]
    for version in gone:
        for ending in ("sig", "json", "joblib"):
            (directory / f"{version}.{ending}").unlink(missing_ok=True)
    return gone


def _canonical(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _pickle(twin: Mapping[str, Any]) -> bytes:
    import io

    import joblib

    buffer = io.BytesIO()
    joblib.dump(dict(twin), buffer, compress=3)
    return buffer.getvalue()


def _sign(version: str, digest: str, key: bytes) -> str:
    if not key:
        raise ArtefactError("A score model needs a key to be signed with.")
    return hmac.new(key, _PURPOSE + f"{version}\n{digest}".encode(), "sha256").hexdigest()


def _signed(directory: Path, version: str, key: bytes) -> dict[str, str]:
    """The signature's content, checked."""
    if not _VERSION.match(version):
        raise ArtefactError("This is no version of a score model.")
    try:
        signed = json.loads(_read(directory / f"{version}.sig"))
        parts = {name: str(signed[name]) for name in ("json", "pickle", "hmac")}
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(f"The signature of {version[:12]} cannot be read.") from error
    right = _sign(version, parts["pickle"], key)
    if parts["json"] != version or not hmac.compare_digest(right, parts["hmac"]):
        raise ArtefactError(
            f"The signature of score model {version[:12]} is wrong: it was altered, "
            "or signed with another key."
        )
    return parts


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path.name} cannot be read: {error.strerror}.") from error


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing, readable by the owner alone."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
