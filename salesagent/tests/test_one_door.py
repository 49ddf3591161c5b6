"""One writer for each state: an AST scan over the product's code (DESIGN.md section 1)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

APPS = ("salesagent", "leads", "outreach", "coaching", "analytics")
SKIP = {"tests", "migrations", "demo", "bench_data.py"}
THREAD_DOOR = {"leads/thread.py"}
STATE_DOORS = {
    "Enrollment": {"outreach/services/enrollment.py"},
    "Touch": {
        "outreach/services/approval.py",
        "outreach/services/send_states.py",
        "outreach/services/drafting.py",
        "outreach/services/worklist.py",
    },
    "Task": {"outreach/services/worklist.py"},
    "ThreadEvent": THREAD_DOOR,
}


def _files() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            name = path.relative_to(settings.BASE_DIR)
            if not SKIP & set(name.parts):
                yield name.as_posix(), ast.parse(path.read_text())


def _called_model(node: ast.Call) -> tuple[str, str] | None:
    """("Touch", "update") for Touch.objects.filter(..).update(..)."""
    if not isinstance(node.func, ast.Attribute):
        return None
    method, inner = node.func.attr, node.func.value
    while isinstance(inner, ast.Call | ast.Attribute):
        if isinstance(inner, ast.Attribute) and inner.attr == "objects":
            if isinstance(inner.value, ast.Name):
                return inner.value.id, method
            return None
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return None


def _writes_state(node: ast.Call) -> bool:
    return any(keyword.arg == "state" for keyword in node.keywords)


def _breaks(name: str, node: ast.Call, model: str, method: str) -> bool:
    if model not in STATE_DOORS or method not in ("update", "create"):
        return False
    return (model == "ThreadEvent" or _writes_state(node)) and name not in STATE_DOORS[model]


def test_states_are_set_in_their_service_only():
    bad = []
    for name, tree in _files():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = _called_model(node)
            if called and _breaks(name, node, *called):
                bad.append(f"{name}:{node.lineno} {called[0]}.{called[1]}")
            if (
                isinstance(node.func, ast.Name)
                and node.func.id == "ThreadEvent"
                and name not in THREAD_DOOR
            ):
                bad.append(f"{name}:{node.lineno} ThreadEvent(...)")
    assert bad == []


def test_nobody_assigns_a_state_and_saves():
    bad = []
    for name, tree in _files():
        if name.startswith("salesagent/lib/"):
            continue  # Job rows belong to their one worker
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == "state":
                    owner = target.value
                    if isinstance(owner, ast.Name) and owner.id in ("touch", "enrollment", "task"):
                        bad.append(f"{name}:{node.lineno} {owner.id}.state = ...")
    allowed_prefix = ("outreach/services/",)  # keeping an object in step after its UPDATE
    assert [line for line in bad if not line.startswith(allowed_prefix)] == []


def test_the_scan_sees_a_breach(tmp_path: Path):
    tree = ast.parse("Touch.objects.filter(pk=1).update(state='sent')")
    call = next(
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and _writes_state(node)
    )
    assert _called_model(call) == ("Touch", "update")
