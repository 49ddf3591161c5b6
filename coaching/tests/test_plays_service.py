"""The playbook: sixty ready plays, found by words, ranked by what worked, changed in versions."""

import re
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from coaching.content import PLAYS
from coaching.models import Play, PlayUse
from coaching.services import objections, plays, similarity, uses
from coaching.tests import world
from outreach.models import Touch
from outreach.services import merge
from salesagent.ai import encoder, frames

SAID = {
    "price": (
        "That is too expensive for us.", "Das ist uns zu teuer.", "C'est trop cher pour nous.",
        "Es demasiado caro para nosotros.", "È troppo caro per noi.", "Dat is ons te duur.",
        "To dla nas za drogo.", "É muito caro para nós.",
    ),
    "timing": (
        "Not now, maybe next year.", "Im Moment nicht, bitte nächstes Jahr.", "Pas maintenant.",
        "Ahora no, más adelante.", "Non ora, più avanti.", "Niet nu, misschien volgend jaar.",
        "Nie teraz, może później.", "Agora não, mais tarde.",
    ),
    "authority": (
        "That is not my decision.", "Dafür bin ich nicht zuständig.", "Je ne décide pas seul.",
        "No soy la persona indicada.", "Non sono la persona giusta.", "Dat beslist mijn baas.",
        "Decyduje mój szef.", "Não sou a pessoa certa.",
    ),
    "need": (
        "We do not need this.", "Nein, kein Bedarf.", "Nous n'avons pas besoin de ça.",
        "No necesitamos esto.", "Non ci serve.", "Dat is niet nodig.", "Nie potrzebujemy tego.",
        "Não precisamos disso.",
    ),
    "competitor": (
        "We already have a supplier.", "Wir haben bereits einen Dienstleister.",
        "Nous avons déjà un prestataire.", "Ya tenemos proveedor.", "Abbiamo già un fornitore.",
        "Wij hebben al een leverancier.", "Mamy już dostawcę.", "Já temos fornecedor.",
    ),
    "trust": (
        "Who are you? I have never heard of you.", "Wer sind Sie und woher haben Sie das?",
        "D'où avez-vous mon adresse ?", "¿De dónde tienen mis datos?", "Da dove avete i miei dati?",
        "Hoe komt u aan mijn adres?", "Skąd macie mój adres?", "De onde têm o meu contacto?",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in SAID.items() for t in texts])
def test_words_tell_the_kind_in_eight_languages(kind: str, text: str) -> None:
    found = objections.detect(text)
    assert found is not None
    assert found.kind == kind, found


@pytest.mark.parametrize(
    "text", ["Thursday at two works for me.", "Which makes do you service?", "", "Danke, gern."]
)
def test_words_without_an_objection_say_nothing(text: str) -> None:
    assert objections.detect(text) is None


def test_ready_plays_are_whole() -> None:
    for kind, ready in PLAYS.items():
        assert len(ready) == 10
        for play in ready:
            assert 2 <= len(re.findall(r"[.!?](?:\s|$)", play.answer)) <= 5, play.code
            assert play.question.endswith("?")
            assert "!" not in play.answer + play.question
            assert set(frames.names(play.answer + play.question)) <= set(merge.FIELDS), play.code
            assert all(len(word) >= 2 for word in play.triggers)
        assert kind in Play.Kind.values


def test_a_long_text_is_read_in_time() -> None:
    started = time.perf_counter()
    objections.detect("too expensive and later " * 3000)
    assert time.perf_counter() - started < 0.05


@pytest.mark.django_db
def test_install_twice_adds_nothing_and_follows_the_program() -> None:
    assert plays.install() == 60
    Play.objects.filter(code="price-terms").update(answer="Old words.")
    assert plays.install() == 0
    assert Play.objects.get(code="price-terms").answer != "Old words."


def test_wiring_gives_filled_plays(lead, rep, workspace) -> None:
    found = import_string(settings.PLAYBOOK)("price", world.PRICE, "en", lead)
    assert found
    assert {"play_id", "name", "answer", "question", "wins", "uses"} <= set(found[0])
    assert "{{" not in found[0]["answer"]
    assert import_string(settings.PLAYBOOK)("no-such-kind", "x", "en", lead) == []


def test_what_worked_goes_first_and_one_lucky_use_does_not(lead, rep) -> None:
    plays.install()
    proven, lucky = (Play.objects.get(code=c) for c in ("price-terms", "price-smaller-start"))
    _uses(proven, lead, 6, 5)
    _uses(lucky, lead, 1, 1)
    found = plays.ranked("price", "", None)
    assert found[0].play == proven
    assert found[0].record.words == "Worked 5 of 6 times"
    assert plays.Record(1, 1).words == "Used once, too few to say"
    assert not plays.Record(4, 4).proven and plays.Record(1, 5).proven


def _uses(play: Play, lead, count: int, wins: int) -> None:
    for number in range(count):
        outcome = "worked" if number < wins else "failed"
        PlayUse.objects.create(play=play, lead=lead, outcome=outcome)


def test_words_that_fit_go_first(lead) -> None:
    found = plays.ranked("price", "Can you give us a discount, what is your best price?", lead)
    assert found[0].play.code == "price-discount-trade"
    assert "discount" in found[0].words


def test_a_request_never_loads_the_encoder(lead, monkeypatch) -> None:
    monkeypatch.setattr(encoder, "loaded", lambda: False)
    monkeypatch.setattr(encoder, "encode", lambda text: pytest.fail("loaded in a request"))
    assert plays.ranked("price", world.PRICE, lead)
    assert similarity.warm(plays.current()) == 0


def test_where_it_is_awake_nearness_counts(lead, monkeypatch) -> None:
    import numpy as np

    plays.install()
    near = Play.objects.get(code="price-terms")
    vectors = {f"{near.when}. {near.question}": np.array([1.0, 0.0])}
    monkeypatch.setattr(encoder, "loaded", lambda: True)
    monkeypatch.setattr(
        encoder,
        "encode",
        lambda text: vectors.get(text, np.array([1.0, 0]) if text == "q" else np.array([0.0, 1])),
    )
    monkeypatch.setattr(similarity, "_VECTORS", {})
    assert plays.ranked("price", "q", None)  # nothing is warm yet
    assert similarity.warm(plays.current()) == 60
    assert plays.ranked("price", "q", None)[0].play == near


def test_an_edit_makes_a_version_and_keeps_the_count(lead, manager) -> None:
    plays.install()
    play = Play.objects.get(code="price-terms")
    _uses(play, lead, 2, 1)
    values = {"kind": "price", "name": "Terms", "when": "", "answer": "New words.", "question": "",
              "words": "Cash, cash, terms"}  # fmt: skip
    new = plays.save(play, manager, values)
    assert (new.version, new.root, new.words) == (2, play, ["cash", "terms"])
    assert not plays.current().filter(pk=play.pk).exists()
    assert plays.records(["price-terms"])["price-terms"] == plays.Record(1, 2)
    with pytest.raises(plays.PlayError, match="meanwhile"):
        plays.save(play, manager, values)
    assert plays.install() == 0  # the program does not take the edit back
    assert plays.current().get(code="price-terms") == new


def test_a_use_counts_once_for_an_objection(lead, rep) -> None:
    plays.install()
    play, event = Play.objects.get(code="price-terms"), world.said(lead)
    first = uses.record(play, lead, rep, event=event)
    assert uses.record(play, lead, rep, event=event) == first
    assert uses.record(play, lead, rep) == uses.record(play, lead, rep)
    assert PlayUse.objects.count() == 2


@pytest.mark.parametrize(
    ("label", "outcome"),
    [("interested", "worked"), ("meeting", "worked"), ("not_interested", "failed"), ("other", "")],
)
def test_the_first_clear_sign_settles_a_use(lead, rep, label, outcome) -> None:
    use = _sent_use(lead, rep)
    world.said(lead, "Well.", label, ago=timedelta(minutes=5))
    uses.settle_lead(lead.pk)
    use.refresh_from_db()
    assert use.outcome == outcome
    assert (use.settled_at is not None) == bool(outcome)


def _sent_use(lead, rep, days: int = 0) -> PlayUse:
    plays.install()
    use = uses.record(Play.objects.get(code="price-terms"), lead, rep, event=world.said(lead))
    at = timezone.now() - timedelta(days=days, hours=3)
    PlayUse.objects.filter(pk=use.pk).update(used_at=at)
    world.answered(lead, rep, ago=timedelta(days=days, hours=2))
    use.refresh_from_db()
    return use


def test_silence_for_three_weeks_is_a_no(lead, rep) -> None:
    use = _sent_use(lead, rep, days=22)
    assert uses.settle() == 1
    use.refresh_from_db()
    assert use.outcome == "failed"
    assert uses.settle() == 0


def test_what_was_picked_and_never_sent_is_forgotten(lead, rep) -> None:
    plays.install()
    use = uses.record(Play.objects.get(code="price-terms"), lead, rep)
    uses.settle()
    assert PlayUse.objects.filter(pk=use.pk).exists()
    PlayUse.objects.filter(pk=use.pk).update(used_at=timezone.now() - timedelta(days=4))
    uses.settle()
    assert not PlayUse.objects.exists()


def test_a_sent_text_tells_which_play_it_used(lead, rep) -> None:
    plays.install()
    play = Play.objects.get(code="price-compare-like")
    body = f"Hi Marta,\n\n{play.answer}\n\nBest,\nJonas"
    assert uses.said_in(body) == play
    assert uses.said_in(world.GOOD) is None
    assert Touch.objects.count() == 0
