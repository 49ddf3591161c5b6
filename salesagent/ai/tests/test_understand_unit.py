"""The local classifier: golden replies, opt-out traps both ways, and what must never happen."""

import json
from pathlib import Path
from typing import Any

import pytest

from salesagent.ai import heads, language, rules, understand
from salesagent.ai.base import Classification
from salesagent.ai.encoder import EncoderUnavailable
from salesagent.ai.heads import HeadsError
from salesagent.ai.understand import LocalClassifier

GOLDEN = Path(__file__).parent / "fixtures" / "replies_golden.jsonl"
CASES = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]


def read(text: str) -> Classification:
    return LocalClassifier().classify(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['label']}-{case['text'][:24]}")
def test_golden(case: dict[str, str]) -> None:
    assert read(case["text"]).disposition == case["label"]


NOT_OPT_OUT = [
    "Stop by our office on Tuesday, the coffee is good.",
    "We are open nonstop, so call any time.",
    "We want a one-stop shop for all of it. Send me the details.",
    "Please don't unsubscribe me, I like your mails.",
    "Could you remove the logo from the offer and send it again?",
    "We cancelled our contract with Corvex and need you.",
    "Unser Laden ist nonstop offen, rufen Sie einfach an.",
    "Bitte melden Sie mich nicht ab, ich lese das gern.",
    "Kommen Sie zum Monatsende vorbei, dann haben wir Zeit.",
    "Ne me désinscrivez surtout pas, j'aime vos conseils.",
    "Passez nous voir vendredi, le magasin est ouvert non-stop.",
    "No me dé de baja, me gustan sus consejos.",
    "Pásese por la oficina el martes.",
    "Non cancellatemi dalla lista, mi piacciono i consigli.",
    "Non deixe de me mandar as ofertas, gosto delas.",
    "Schrijf me niet uit, ik lees het graag.",
    "Proszę mnie nie wypisywać, lubię to czytać.",
    "Avregistrera mig inte, jag gillar tipsen.",
]


@pytest.mark.parametrize("text", NOT_OPT_OUT)
def test_a_word_for_stop_is_not_a_wish_to_stop(text: str) -> None:
    """It may be misread, but it never stops anybody by itself."""
    found = read(text)
    acts = found.disposition == "opt_out" and found.confidence >= rules.SURE
    assert not (acts and not found.abstained)


OPT_OUT = [
    "Unsubscribe me please",
    "Take me off your list.",
    "Leave me alone!",
    "Bitte nehmen Sie mich aus Ihrem Verteiler.",
    "Lassen Sie mich in Ruhe.",
    "Désinscrivez-moi de votre liste",
    "Laissez-moi tranquille avec vos mails",
    "Denme de baja de su lista, por favor",
    "Déjenme en paz, no quiero más correos",
    "Cancellatemi dalla vostra lista",
    "Lasciatemi in pace, basta mail",
    "Removam o meu email da vossa lista",
    "Deixem-me em paz, chega de emails",
    "Haal mij van uw lijst",
    "Laat me met rust",
    "Proszę usunąć mnie z listy",
    "Dajcie mi spokój z tymi mailami",
    "Ta bort mig från er lista",
    "Lämna mig i fred, inga fler mejl",
    "Slet mig fra jeres liste",
    "Slett meg fra listen deres, ingen flere e-poster",
    "Poistakaa minut listalta",
    "Vyřaďte mě ze seznamu",
    "Ștergeți-mă din listă",
    "Töröljenek a listáról",
    "Beni listeden çıkarın",
]


@pytest.mark.parametrize("text", OPT_OUT)
def test_opt_outs_in_many_languages(text: str) -> None:
    assert read(text).disposition == "opt_out"


class _Anything:
    """Heads that are sure of whatever they are told to be sure of."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, made: object, text: str, sight: object) -> Classification:
        return Classification(self.label, 0.99, {self.label: 0.99}, "told")


@pytest.mark.parametrize("label", [one for one in rules.LABELS if one != "opt_out"])
@pytest.mark.parametrize("text", ["STOP", "Please remove me from your list.", "Bitte abmelden"])
def test_heads_never_cancel_an_opt_out(
    text: str, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(understand, "_by_heads", _Anything(label))
    found = read(text)
    assert (found.disposition, found.abstained) == ("opt_out", False)
    assert found.confidence >= rules.SURE


def _heads_say(monkeypatch: pytest.MonkeyPatch, **chances: float) -> None:
    monkeypatch.setattr(understand, "_blind", lambda made, text, sight: chances)


@pytest.mark.parametrize("label", ["interested", "meeting", "question"])
def test_against_sure_heads_a_rules_opt_out_is_for_a_person(
    label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _heads_say(monkeypatch, **{label: 0.93, "opt_out": 0.02})
    found = read("Please remove me from your list.")
    assert (found.disposition, found.abstained) == ("opt_out", True)
    assert next(iter(found.labels)) == "opt_out"
    assert found.labels["opt_out"] == max(found.labels.values()) < rules.SURE


@pytest.mark.parametrize(
    ("label", "chance", "stop"),
    [("interested", 0.89, 0.01), ("interested", 0.93, 0.06), ("not_interested", 0.99, 0.0)],
)
def test_less_sure_heads_leave_an_opt_out(
    label: str, chance: float, stop: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    _heads_say(monkeypatch, **{label: chance, "opt_out": stop})
    found = read("Please remove me from your list.")
    assert (found.disposition, found.abstained) == ("opt_out", False)


@pytest.mark.parametrize("text", ["S T O P", "\uff33\uff34\uff2f\uff30", "\uff35nsubscribe me"])
def test_spaced_and_wide_letters_are_letters(text: str) -> None:
    assert read(text).disposition == "opt_out"


def test_heads_may_add_an_opt_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(understand, "_by_heads", _Anything("opt_out"))
    assert read("That was the fifth one this month.").disposition == "opt_out"


def test_heads_alone_stop_nobody() -> None:
    """Where the words do not say it too, an opt-out stays below what the product acts on."""
    found = read("My patience with this correspondence is exhausted, kindly act accordingly.")
    assert found.disposition != "opt_out" or found.confidence < rules.SURE


@pytest.mark.parametrize(
    "text",
    [
        "我们没有兴趣",
        "Не интересно, спасибо за предложение",
        "δεν ενδιαφέρομαι",
        "لا شكرا",
        "興味ありません",
    ],
)
def test_another_script_is_for_a_person(text: str) -> None:
    assert read(text).abstained


def test_gibberish_is_for_a_person_or_other() -> None:
    for text in ("xqzt wvrk plmf gdsa bnhj", "lkj sdf lkj wer xcv mnb"):
        found = read(text)
        assert found.abstained or found.disposition == "other"


def test_the_same_text_means_the_same() -> None:
    text = "Klingt gut, aber erst nächstes Jahr, momentan kein Budget."
    first = read(text)
    heads.unload()
    assert read(text) == first


def test_what_else_is_told() -> None:
    found = read("Das ist uns leider viel zu teuer, wir haben kein Budget dafür.")
    assert (found.disposition, found.kind, found.language) == ("objection", "price", "de")
    assert found.sentiment and found.urgency


def test_without_the_encoder_it_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(text: str) -> Any:
        raise EncoderUnavailable("switched off")

    monkeypatch.setattr(understand, "encode", none)
    assert read("No thanks, we are not interested in this.").disposition == "not_interested"


def test_without_heads_the_rules_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Any:
        raise HeadsError("missing")

    monkeypatch.setattr(heads, "current", none)
    assert read("No thanks, not interested.").disposition == "not_interested"


def test_quoted_words_do_not_count() -> None:
    text = "Sounds good, count us in.\n> reply STOP and we remove you from our list"
    assert read(text).disposition == "interested"


def test_altered_heads_are_refused(tmp_path: Path) -> None:
    data = heads.SHIPPED.read_bytes()
    path = tmp_path / "heads.json"
    path.write_bytes(data.replace(b"0", b"1", 1))
    with pytest.raises(HeadsError, match="not the file"):
        heads.read(path, heads.SHIPPED_SHA256.read_text("ascii").split()[0])


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": 9}', b"\xff\xfe"])
def test_a_file_of_another_making_is_refused(data: bytes, tmp_path: Path) -> None:
    import hashlib

    path = tmp_path / "heads.json"
    path.write_bytes(data)
    with pytest.raises(HeadsError):
        heads.read(path, hashlib.sha256(data).hexdigest())


def test_learned_heads_that_were_altered_fall_back(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "heads.json").write_text("{}")
    (tmp_path / "models" / "heads.json.sha256").write_text("0" * 64)
    heads.unload()
    assert heads.current().sha256 == heads.SHIPPED_SHA256.read_text("ascii").split()[0]
    heads.unload()


def test_scripts() -> None:
    found = [
        language.by_script(text) for text in ("hello", "привіт", "привет", "こんにちは", "안녕", "")
    ]
    assert found == ["", "uk", "ru", "ja", "ko", ""]


def test_idle_heads_leave_the_memory() -> None:
    read("hello")
    assert heads.loaded()
    import time

    assert not heads.unload_idle(time.monotonic() + 10)
    assert heads.unload_idle(time.monotonic() + heads.IDLE_SECONDS + 10)
    assert not heads.loaded()
