"""Small boosted trees as JSON: grown by scikit-learn when training, walked in pure Python.

A tree is {"feature": [...], "above": [...], "left": [...], "right": [...], "value": [...]}, one
entry a node, node 0 the root; feature -1 marks a leaf. A row goes right when its feature is above.
The value of an inner node is the mean of its leaves, so the steps of a path add up to the leaf and
each belongs to one feature (Saabas 2014; the treeinterpreter's way).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from leads.scoring.metrics import Floats

SETTINGS: dict[str, Any] = {
    "max_iter": 90,
    "learning_rate": 0.08,
    "max_leaf_nodes": 8,
    "max_depth": 4,
    "min_samples_leaf": 20,
    "l2_regularization": 2.0,
    "early_stopping": False,
    "random_state": 0,
}
MANY = 10_000  # outcomes from which trees may be larger
LARGE: dict[str, Any] = {**SETTINGS, "max_iter": 150, "max_leaf_nodes": 15, "max_depth": 6}
Forest = Mapping[str, Any]  # {"base": logit before any tree, "trees": [tree, ...]}


def grow(x: "Floats", outcomes: "Floats") -> Any:
    """A fitted HistGradientBoostingClassifier; loads scikit-learn, so only in training."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1):
        settings = LARGE if len(x) >= MANY else SETTINGS
        return HistGradientBoostingClassifier(**settings).fit(x, outcomes)


def logits(grown: Any, x: "Floats") -> "Floats":
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return cast("Floats", grown.decision_function(x))


def export(grown: Any, places: Sequence[int]) -> dict[str, Any]:
    """The forest as JSON; `places[k]` is the position of the trees' k-th feature in a row."""
    base = float(grown._baseline_prediction.ravel()[0])
    trees = [_tree(step[0].nodes, places) for step in grown._predictors]
    return {"base": base + sum(t["value"][0] for t in trees), "trees": trees}


def _tree(nodes: Any, places: Sequence[int]) -> dict[str, list[Any]]:
    tree: dict[str, list[Any]] = {"feature": [], "above": [], "left": [], "right": [], "value": []}
    for node in nodes:
        leaf = bool(node["is_leaf"])
        tree["feature"].append(-1 if leaf else places[int(node["feature_idx"])])
        tree["above"].append(0.0 if leaf else float(node["num_threshold"]))
        tree["left"].append(int(node["left"]))
        tree["right"].append(int(node["right"]))
        tree["value"].append(float(node["value"]) if leaf else 0.0)
    _fill(tree, [int(node["count"]) for node in nodes], 0)
    return tree


def _fill(tree: dict[str, list[Any]], counts: Sequence[int], node: int) -> float:
    """Give inner nodes the mean of their leaves, weighted by training rows."""
    if tree["feature"][node] >= 0:
        sides = (tree["left"][node], tree["right"][node])
        total = sum(_fill(tree, counts, side) * counts[side] for side in sides)
        tree["value"][node] = total / sum(counts[side] for side in sides)
    return float(tree["value"][node])


def walk(forest: Forest, row: Mapping[int, float]) -> dict[int, float]:
    """What each feature of a row {position: value} adds to the base, in logits."""
    parts: dict[int, float] = {}
    for tree in forest["trees"]:
        feature, above, value = tree["feature"], tree["above"], tree["value"]
        left, right = tree["left"], tree["right"]
        node, place = 0, feature[0]
        while place >= 0:
            after = right[node] if row.get(place, 0.0) > above[node] else left[node]
            parts[place] = parts.get(place, 0.0) + value[after] - value[node]
            node, place = after, feature[after]
    return parts
