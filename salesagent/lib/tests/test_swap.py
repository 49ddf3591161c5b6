"""The plan of a restore: only our own is carried out, and nothing plain is left lying about."""

import json
from pathlib import Path

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from salesagent.lib import backup_base, backup_tar, env, filelock, swap


def start(folder: Path, monkeypatch, url: str = "") -> Path:
    """What every program does first."""
    monkeypatch.setenv("DATA_DIR", str(folder))
    monkeypatch.setenv("DATABASE_URL", url or f"sqlite:///{folder / 'salesagent.sqlite3'}")
    return env.data_dir(environ.Env(), folder)


def left(folder: Path, *moves: list[object], databases: object = None) -> Path:
    """A restore that was killed; with moves: after its plan was written."""
    (folder / swap.STAGE / swap.NEW).mkdir(parents=True)
    (folder / swap.STAGE / swap.NEW / "a").write_text("new")
    if moves or databases:
        paths = [[one and str(one) for one in three] for three in moves]
        plan = {"moves": paths, "databases": databases}
        (folder / swap.STAGE / swap.PLAN).write_text(json.dumps(plan))
    return folder / swap.STAGE


def test_a_restore_that_was_killed_early_leaves_no_plain_data(tmp_path, monkeypatch):
    stage = left(tmp_path)
    assert list(backup_tar.data_files(tmp_path, [])) == [], "nor does a backup take it along"
    with filelock.held(tmp_path / backup_base.RUNNING):
        start(tmp_path, monkeypatch)
        assert stage.exists(), "a restore is at work"
    there = tmp_path / "elsewhere"
    there.mkdir()
    (there / ".own.sqlite3.restored").write_text("plain")
    start(tmp_path, monkeypatch, f"sqlite:///{there / 'own.sqlite3'}")
    assert not stage.exists() and list(there.iterdir()) == []


def test_a_plan_of_ours_is_gone_through_with(tmp_path, monkeypatch):
    new, former = tmp_path / swap.STAGE / swap.NEW, tmp_path / "former-20261121-140200"
    left(tmp_path, [new / "a", tmp_path / "a", former / "a"], [None, tmp_path / "b", former / "b"])
    for name in "ab":
        (tmp_path / name).write_text("old")
    start(tmp_path, monkeypatch)
    assert (tmp_path / "a").read_text() == "new" and not (tmp_path / "b").exists()
    assert sorted(path.name for path in former.iterdir()) == ["a", "b"]


def test_the_database_is_moved_where_it_lies(tmp_path, monkeypatch):
    data, own = tmp_path / "data", tmp_path / "own.sqlite3"
    staged, old = tmp_path / ".own.sqlite3.restored", tmp_path / "own.sqlite3.former-20261121"
    left(data, [staged, own, old])
    staged.write_text("new")
    own.write_text("old")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL was changed"):
        start(data, monkeypatch)
    assert own.read_text() == "old"
    start(data, monkeypatch, f"sqlite:///{own}")
    assert (own.read_text(), old.read_text()) == ("new", "old")


@pytest.mark.parametrize(
    "move",
    [
        *(["S/new/a", "/O/victim", "/O/old"], ["S/new/a", "D/a", "/O/a"], ["/O/x", "D/a", "F/a"]),
        *(
            ["S/new/a", "D/b", "F/b"],
            ["S/new/a", "D/../victim", "F/victim"],
            [None, "D/..", "F/.."],
        ),
        *([None, "D/backups", "F/backups"], [None, "D/.restore", "F/.restore"], [None, "D", "F"]),
        *([None, "D/a", "D/former-1x/a"], [None, "D/a", "F/deep/a"], ["S/new/a", "D/a"], "abc"),
        *([None, "/O/salesagent.sqlite3", "/O/salesagent.sqlite3.former-1"], [5, 6, 7]),
    ],
)
def test_a_plan_that_names_anything_else_is_not_touched(tmp_path, monkeypatch, move):
    out, data = tmp_path / "O", tmp_path / "D"
    out.mkdir()
    (out / "victim").write_text("true")
    stands = {"/O": out, "D": data, "S": data / swap.STAGE, "F": data / "former-1"}
    left(data, ["stands"])
    for name in ("a", "b", "backups"):
        (data / name).write_text("old")

    def put(word: object) -> object:
        begin, _, rest = (
            str(word).partition("/") if str(word)[0] != "/" else ("/O", "", str(word)[3:])
        )
        return str(stands[begin]) + (f"/{rest}" if rest else "") if begin in stands else word

    moves = [[one and put(one) for one in move] if isinstance(move, list) else move]
    plan = data / swap.STAGE / swap.PLAN
    plan.write_text(json.dumps({"moves": moves, "databases": None}))
    with pytest.raises(ImproperlyConfigured, match="is no plan of a restore"):
        start(data, monkeypatch)
    assert (out / "victim").read_text() == "true" and (data / "a").read_text() == "old"
    assert plan.exists(), "somebody has to look"


@pytest.mark.parametrize(
    "text", ["[]", "{}", "{", "[" * 90_000, '{"moves": 5}', '{"moves": [], "databases": ["a"]}']
)
def test_a_plan_of_another_shape_is_told(tmp_path, text):
    (left(tmp_path) / swap.PLAN).write_text(text)
    with pytest.raises(swap.OddPlan):
        swap.finish(tmp_path)


def test_another_database_is_not_renamed(tmp_path):
    left(tmp_path, databases=["a_restored_1", "a", "a_former_1"])
    with pytest.raises(swap.OddPlan):
        swap.finish(tmp_path, "b")


def test_in_the_process_that_settles_no_plan_is_carried_out(tmp_path, monkeypatch):
    """Its DATA_DIR is what came out of the backup."""
    inner = left(tmp_path) / swap.NEW
    left(inner, [inner / swap.STAGE / swap.NEW / "a", inner / "a", inner / "former-1" / "a"])
    start(inner, monkeypatch)
    assert (inner / swap.STAGE / swap.PLAN).exists() and (inner / "a").read_text() == "new"


def test_what_stays_is_not_moved_from_the_stage_either(tmp_path):
    root = tmp_path / "root"
    new = left(root) / swap.NEW
    for folder in (new, root):
        for name in ("backups", ".backup-work", "running.lock"):
            (folder / name).write_text("x")
    assert [one.at.name for one in swap.moves_of(root, root / "former-1")] == ["a"]


@pytest.mark.parametrize(
    "change", [{"secret_keys": "abc"}, {"data_keys": {}}, {"hash_key": 5}, {"secret_keys": [5]}]
)
def test_odd_keys_beside_the_data_are_told(tmp_path, change):
    keys = {"secret_keys": ["x" * 50], "data_keys": [], "hash_key": "", **change}
    (tmp_path / env.RESTORED_KEYS).write_text(json.dumps(keys))
    with pytest.raises(ImproperlyConfigured, match="restore again"):
        env.restored_keys(tmp_path)
