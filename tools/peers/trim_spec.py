"""Write an OpenAPI description small enough to keep: chosen paths, without what they do not use.

    python tools/peers/trim_spec.py FULL.json specs/NAME.json [PATH-REGEX ...]

Keeps the paths that match one of the expressions (all without any), drops every component no kept
path refers to, and writes JSON without spaces. Nothing else is changed, so requests are judged by
the provider's own words. Where the files come from: specs/README.md.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any


def references(node: Any) -> set[str]:
    """Every `#/…` that is referred to below `node`."""
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values())) if node else own
    return set().union(*map(references, node)) if isinstance(node, list) and node else set()


def used(spec: dict[str, Any]) -> set[str]:
    """The components the paths need, those included that components need themselves."""
    found: set[str] = set()
    new = references(spec["paths"])
    while new:
        found |= new
        new = set().union(*(references(resolve(spec, each)) for each in new)) - found
    return found


def resolve(spec: dict[str, Any], reference: str) -> Any:
    node: Any = spec
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def trim(spec: dict[str, Any], patterns: list[str]) -> dict[str, Any]:
    spec["paths"] = {
        path: item
        for path, item in spec["paths"].items()
        if not patterns or any(re.search(each, path) for each in patterns)
    }
    needed = used(spec)
    for kind, entries in spec.get("components", {}).items():
        if kind != "securitySchemes":
            keep = {n: e for n, e in entries.items() if f"#/components/{kind}/{n}" in needed}
            spec["components"][kind] = keep
    if "definitions" in spec:  # OpenAPI 2
        names = spec["definitions"]
        spec["definitions"] = {n: e for n, e in names.items() if f"#/definitions/{n}" in needed}
    return spec


def main(full: str, small: str, *patterns: str) -> None:
    spec = trim(json.loads(Path(full).read_text()), list(patterns))
    Path(small).write_text(json.dumps(spec, separators=(",", ":"), ensure_ascii=False) + "\n")
    print(f"{small}: {len(spec['paths'])} paths, {Path(small).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
