"""What a reply means: rules for what must never be missed, trained heads for the rest.

Order: opt-outs by rule (nothing later takes one back; heads that are sure of the contrary leave it
to a person), the language, the heads, their calibration.
Below a threshold measured on unseen authors it abstains: a person decides, the guesses at hand.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from salesagent.ai import anger, features, heads, language, optout, rules
from salesagent.ai.base import Classification
from salesagent.ai.encoder import EncoderUnavailable, encode
from salesagent.ai.fold import shorten
from salesagent.ai.heads import Heads, HeadsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

OPT_OUT = "opt_out"
PLEASED = ("interested", "meeting")
TALKS = (*PLEASED, "question")
NAMES = {"unsubscribe": OPT_OUT}  # the corpus' word for it
ALONE = 0.79  # most that the heads may say of an opt-out whose words do not say it as well
_AGREED = 0.8  # of the heads, where the words agree; no wrong one among unseen authors from here on
_UNLIKELY = 0.8  # an opt-out that only the heads see is for a person below it
_FURTHER = 0.6  # from which chance on a second class is told
_SURE_OTHERWISE = 0.75  # below it a text in a language that we do not know is for a person
_SURELY = 0.9  # of the heads that somebody talks with us, against words that ask to stop
_HARDLY = 0.05  # most that they may then give to an opt-out
_WORDS = 4  # fewer say nothing about the language


@dataclass(frozen=True)
class Sight:
    """A text as the heads see it."""

    blocks: dict[str, features.Sparse]
    view: "Floats | None"
    language: str
    tokens: list[str]
    says_stop: bool


class LocalClassifier:
    """Rules and heads in this process; the same answer to the same text each time."""

    name = "local"

    def classify(self, text: str) -> Classification:
        """Never raises. Without heads it goes by the rules alone."""
        ruled = rules.RuleClassifier().classify(text)
        own = rules.own_words(text)
        foreign = language.by_script(own)
        if not own or foreign:
            return _foreign(ruled, foreign or language.UNSURE)
        try:
            made = heads.current()
        except HeadsError:
            return ruled
        return _in_mood(_read(made, ruled, own), own)


def _read(made: Heads, ruled: Classification, own: str) -> Classification:
    text = shorten(own)
    sight = _sight(made, text)
    learned = _by_heads(made, text, sight)
    if ruled.disposition != OPT_OUT:
        return learned
    return _doubted(_merged(ruled, learned), _blind(made, text, sight))


def _foreign(ruled: Classification, spoken: str) -> Classification:
    """Another script: only the rules can know it, and they know what must not be missed."""
    known = ruled.disposition in (OPT_OUT, "out_of_office")
    return Classification(
        ruled.disposition,
        ruled.confidence if known else min(ruled.confidence, 0.3),
        ruled.labels,
        ruled.reason if known or spoken == language.UNSURE else "Written in another script",
        language=spoken,
        abstained=not known,
        sentiment="neutral",
        urgency="normal",
    )


def _by_heads(made: Heads, text: str, sight: Sight) -> Classification:
    label = made.heads["label"]
    scores = label.scores(sight.blocks, sight.view)
    chances = _chances(made.calibration, scores, rules.signs(text))
    names = [NAMES.get(one, one) for one in label.classes]
    ranked = sorted(zip(names, chances, strict=True), key=lambda one: -one[1])
    if ranked[0][0] == OPT_OUT and rules.says_the_opposite(text):
        ranked = _without_stop(ranked)
    labels = _labels(made.calibration, names, scores, ranked)
    best, likely = ranked[0]
    chance = _bounded(sight, best, likely)
    return Classification(
        best,
        chance,
        labels | {best: chance},
        "Read by the trained heads",
        kind=_best(made, "kind", sight) if best == "objection" else "",
        sentiment=_best(made, "sentiment", sight),
        urgency=_best(made, "urgency", sight),
        language=sight.language,
        abstained=_too_unsure(made.calibration, best, likely, sight)
        or (best == OPT_OUT and rules.says_otherwise(text)),
    )


def _blind(made: Heads, text: str, sight: Sight) -> dict[str, float]:
    """What the heads say where they are not told that a rule sees an opt-out."""
    label = made.heads["label"]
    signs = [0.0, *rules.signs(text)[1:]]
    chances = _chances(made.calibration, label.scores(sight.blocks, sight.view), signs)
    names = [NAMES.get(one, one) for one in label.classes]
    return dict(zip(names, chances, strict=True))


def _doubted(found: Classification, blind: dict[str, float]) -> Classification:
    """The heads are sure that somebody talks with us: the opt-out stays the best guess, and a
    person decides before anything follows from it."""
    best = max(blind, key=lambda name: blind[name])
    if best not in TALKS or blind[best] < _SURELY or blind.get(OPT_OUT, 0.0) > _HARDLY:
        return found
    labels = {OPT_OUT: ALONE, **{k: v for k, v in found.labels.items() if k != OPT_OUT}}
    return replace(found, confidence=ALONE, labels=labels | {best: ALONE - 0.01}, abstained=True)


def _without_stop(ranked: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """The words for stopping are turned round: the other classes share the chance."""
    rest = [(name, chance) for name, chance in ranked if name != OPT_OUT]
    whole = sum(chance for _, chance in rest) or 1.0
    return [(name, round(chance / whole, 4)) for name, chance in rest]


def _sight(made: Heads, text: str) -> Sight:
    folded = features.read(text, "en").folded
    ranking = language.ranked(made, folded)
    read = features.read(text, ranking[0][0])
    spoken = language.name_of(ranking)
    blocks = made.weighed(features.counts(read))
    return Sight(
        blocks, _view(text, ranking[0][0]), spoken, read.tokens, optout.says_stop(read.glossed)
    )


def _view(text: str, spoken: str) -> "Floats | None":
    if spoken != "en":
        return None
    try:
        return encode(text)
    except EncoderUnavailable:
        return None


def _chances(calibration: dict[str, Any], scores: "Floats", signs: list[float]) -> list[float]:
    import numpy as np

    table = np.concatenate([scores, np.array(signs, dtype=np.float32)])
    raw = np.array(calibration["weights"]) @ table + np.array(calibration["bias"])
    raw = np.exp(raw - raw.max())
    return [round(float(one), 4) for one in raw / raw.sum()]


def _labels(
    calibration: dict[str, Any],
    names: list[str],
    scores: "Floats",
    ranked: list[tuple[str, float]],
) -> dict[str, float]:
    """The best guess, the next ones of a person's choice are told by their chances, and further
    classes that are meant besides."""
    import numpy as np

    found = {name: chance for name, chance in ranked[:3] if chance >= 0.05}
    for (slope, offset), name, score in zip(
        calibration["further"], names, scores.tolist(), strict=True
    ):
        chance = float(1 / (1 + np.exp(-(slope * score + offset))))
        if chance >= _FURTHER and name != OPT_OUT:
            found[name] = max(found.get(name, 0.0), round(chance, 4))
    return found


def _bounded(sight: Sight, label: str, chance: float) -> float:
    """The heads alone stop nobody: the words must say it too."""
    if label != OPT_OUT or (sight.says_stop and chance >= _AGREED):
        return chance
    return min(chance, ALONE)


def _best(made: Heads, question: str, sight: Sight) -> str:
    head = made.heads[question]
    return head.classes[int(head.scores(sight.blocks, None).argmax())]


def _too_unsure(calibration: dict[str, Any], label: str, chance: float, sight: Sight) -> bool:
    edge = float(calibration["abstain"])
    if label == OPT_OUT and not sight.says_stop:
        edge = max(edge, _UNLIKELY)
    if sight.language == language.UNSURE and len(sight.tokens) > _WORDS:
        edge = max(edge, _SURE_OTHERWISE)
    return chance < edge


def _in_mood(found: Classification, text: str) -> Classification:
    """Angry words are never read as pleased: the mood is bad, and a "yes" is for a person."""
    if not anger.is_angry(text):
        return found
    unsure = found.abstained or found.disposition in PLEASED
    return replace(found, sentiment="negative", abstained=unsure)


def _merged(ruled: Classification, learned: Classification) -> Classification:
    """A rule's opt-out stays the best guess whatever the heads say."""
    rest = {label: chance for label, chance in learned.labels.items() if label != OPT_OUT}
    second = {label: chance for label, chance in rest.items() if chance >= _FURTHER}
    return Classification(
        OPT_OUT,
        ruled.confidence,
        {OPT_OUT: ruled.confidence} | second,
        ruled.reason,
        sentiment="negative",
        urgency=learned.urgency,
        language=learned.language,
    )
