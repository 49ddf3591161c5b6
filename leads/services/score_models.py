"""Versions of the learned score: which one is in use, storing, choosing, going back to the rules.

The JSON in the table scores. Its pickled scikit-learn twin lies as a signed file in DATA_DIR/score
and is never opened here; when it was altered, that is said and the JSON goes on.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Subquery
from django.utils import timezone
from django.utils.crypto import salted_hmac

from leads.models import Decision, ScoreModel
from leads.scoring import artefact
from leads.scoring import card as cards
from leads.scoring.model import Model, from_card
from leads.services import decisions
from salesagent.accounts import audit
from salesagent.accounts.models import User, Workspace

log = logging.getLogger("salesagent.score")

State = ScoreModel.State
KEEP = 5
RULE = "score.learned"
UNDO = "score.version"
ALTERED = "The stored numbers of version {} were altered. Leads are scored by your rules."
_read: dict[str, Model | None] = {}  # by sha256; None when it was altered

decisions.name_rules({RULE: "Learned score"})


def card_in_use() -> Mapping[str, Any]:
    """The owner's card, else the built-in one."""
    return _usable(Workspace.current().points_card)


def _usable(saved: Any) -> Mapping[str, Any]:
    return saved if saved and not cards.problems(saved) else cards.DEFAULT_CARD


def in_use() -> Model:
    """What scores leads now: the learned model with the owner's card of today, or the card.

    One query, for the card and for which version it is.
    """
    version = ScoreModel.objects.filter(state=State.CHAMPION).values("sha256")[:1]
    rows = Workspace.objects.filter(pk=1).values_list("points_card", Subquery(version))
    saved, sha = rows.first() or (None, None)
    card, model = _usable(saved), _by_sha(sha)
    return from_card(card) if model is None else model.with_card(card)


def learned() -> Model | None:
    """The version in use as it was learned; None: by rules."""
    rows = ScoreModel.objects.filter(state=State.CHAMPION).values_list("sha256", flat=True)
    return _by_sha(rows.first())


def _by_sha(sha: str | None) -> Model | None:
    """Read once a process and version."""
    if not sha:
        return None
    if sha not in _read:
        row = ScoreModel.objects.filter(state=State.CHAMPION, sha256=sha).first()
        _read.clear()
        _read[sha] = _load(row) if row else None
    return _read[sha]


def champion() -> ScoreModel | None:
    return ScoreModel.objects.filter(state=State.CHAMPION).first()


def _load(row: ScoreModel) -> Model | None:
    """The model of a row, None when its numbers are not those that were stored."""
    try:
        if artefact.version_of(row.artefact) == row.sha256:
            return Model.from_json(row.artefact)
    except ValueError as error:
        log.warning("score model %s: %s", row.number, error)
    log.error("score model %s was altered; scoring by rules", row.number)
    return None


def folder() -> Path:
    return Path(settings.DATA_DIR) / "score"


def key() -> bytes:
    """Signs the pickles; made from SECRET_KEY."""
    return salted_hmac("leads.score_models", "pickle", algorithm="sha256").digest()


def problem() -> str:
    """What is wrong with the version in use, in words for the owner; empty when nothing is."""
    row = champion()
    if row is None:
        return ""
    if _load(row) is None:
        return ALTERED.format(row.number)
    try:
        artefact.check(folder(), row.sha256, key())
    except artefact.ArtefactError as error:
        return f"{error} Leads are scored by the numbers in the database, which are unharmed."
    return ""


@transaction.atomic
def store(found: Mapping[str, Any], by: User | None) -> ScoreModel:
    """Keep what a training said; what the gate published is in use from now on."""
    before = champion()
    publish = bool(found["publish"] and found["model"])
    row = ScoreModel.objects.create(
        number=_next_number(),
        state=State.REFUSED,
        artefact=found["model"] or {},
        sha256=found["version"],
        pickle=f"{found['version']}.joblib" if found["version"] else "",
        outcomes=found["outcomes"],
        wins=found["wins"],
        metrics={**found["metrics"], **{k: found.get(k) for k in ("cpu seconds", "peak MB")}},
        verdict=str(found["reason"])[:500],
        warnings=[name for name, _auc in found["leaks"]],
        by=by,
    )
    if publish:
        _make_champion(row, before)
    _tell(row, before, publish)
    _prune()
    return row


def _next_number() -> int:
    return int(ScoreModel.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _make_champion(row: ScoreModel | None, before: ScoreModel | None) -> None:
    now = timezone.now()
    if before is not None:
        ScoreModel.objects.filter(pk=before.pk).update(state=State.FORMER, used_until=now)
    if row is not None:
        row.state, row.used_from, row.used_until = State.CHAMPION, now, None
        row.save(update_fields=["state", "used_from", "used_until"])


def _tell(row: ScoreModel, before: ScoreModel | None, publish: bool) -> None:
    what = f"Version {row.number} of the learned score is in use"
    if not publish:
        what = f"Kept version {before.number} of the score" if before else "Kept the score by rules"
    decisions.log(
        rule=RULE,
        lead=None,
        what=what,
        why=row.verdict,
        evidence={"version": row.number, "outcomes": row.outcomes, "won": row.wins},
        undo={"call": UNDO, "to": before.number if before else 0} if publish else {},
        dedupe_key=f"{RULE}:{row.number}",
    )


def _prune() -> None:
    """The five newest versions that can be used stay, and the five newest refusals."""
    for states in ((State.CHAMPION, State.FORMER), (State.REFUSED,)):
        rows = ScoreModel.objects.filter(state__in=states).order_by("-number")
        keep = list(rows.values_list("pk", flat=True)[:KEEP])
        rows.exclude(pk__in=keep).exclude(state=State.CHAMPION).delete()
    row = champion()
    if folder().is_dir():
        artefact.prune(folder(), row.sha256 if row else "", KEEP)


@transaction.atomic
def use(number: int, user: User) -> bool:
    """Put a former version back into use; False when it is in use or cannot be read."""
    row = ScoreModel.objects.filter(number=number, state=State.FORMER).first()
    if row is None or _load(row) is None:
        return False
    _make_champion(row, champion())
    audit.note(user, "settings.changed", "learned score", version=number)
    return True


@transaction.atomic
def back_to_rules(user: User) -> bool:
    """Score by the card alone; nothing is published again until the owner asks for it."""
    row = champion()
    if row is None:
        return False
    _make_champion(None, row)
    audit.note(user, "settings.changed", "score by rules", version=row.number)
    return True


@decisions.undoes(UNDO)
def _undo(decision: Decision, user: User) -> str:
    """The version before, or the rules. Leads are scored again within the day."""
    row, to = champion(), int(decision.undo.get("to") or 0)
    if row is None or row.number != decision.evidence.get("version"):
        raise decisions.DecisionError("Another version is in use by now.")
    if to and not use(to, user):
        raise decisions.DecisionError(f"Version {to} is not there any more.")
    if not to:
        back_to_rules(user)
    return f"Version {to} is in use again." if to else "Leads are scored by your rules again."
