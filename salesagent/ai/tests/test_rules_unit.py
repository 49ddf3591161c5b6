"""Sentences as people write them; each language has its opt-outs and its near misses."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesagent.ai.rules import LABELS, SURE, RuleClassifier

classify = RuleClassifier().classify

OPT_OUTS = [
    "unsubscribe",
    "STOP",
    "Please unsubscribe me from this list.",
    "Remove me from your mailing list please.",
    "Kindly take us off your list.",
    "Stop emailing me.",
    "Please stop contacting us, thanks",
    "Don't email me again.",
    "No more emails please.",
    "I want to unsubscribe",
    "How do I unsubscribe from this?",
    "Not interested. Please delete my data.",
    "Leave me alone",
    "This is spam.",
    "Please do not contact me.",
    "Bitte nehmen Sie mich aus Ihrem Verteiler.",
    "Abmelden",
    "Ich möchte mich abmelden.",
    "Bitte keine weiteren E-Mails mehr senden.",
    "Bitte kontaktieren Sie mich nicht mehr, bitte nicht mehr kontaktieren.",
    "Löschen Sie bitte meine Daten aus Ihrer Datenbank.",
    "Merci de me désinscrire de votre liste.",
    "Désabonnez-moi",
    "Ne me contactez plus.",
    "Je ne souhaite plus recevoir vos mails.",
    "Retirez-moi de votre liste.",
    "Por favor, denme de baja.",
    "No me escriban más.",
    "No quiero recibir más correos.",
    "Dejen de enviarme correos",
    "Cancellatemi dalla vostra lista.",
    "Non desidero più ricevere le vostre mail.",
    "Non scrivetemi più",
    "Smettetela di scrivermi.",
    "Graag afmelden voor deze mails.",
    "Schrijf mij uit.",
    "Geen mails meer graag.",
    "Haal mij van jullie mailinglijst.",
    "Proszę o usunięcie mojego adresu z bazy.",
    "Nie życzę sobie takich wiadomości.",
    "Proszę więcej nie pisać.",
    "Proszę mnie wypisać z listy.",
    "Não quero mais receber os seus e-mails.",
    "Remova-me da lista, por favor.",
    "Parem de me enviar mensagens.",
    "Descadastrar",
]

NOT_OPT_OUTS = [
    "Feel free to stop by our office on Tuesday.",
    "Our ovens run nonstop, so downtime is costly.",
    "We had to stop production last week because of the cold room.",
    "Could you stop in on Thursday?",
    "The alarms never stop. Can you help?",
    "Please don't unsubscribe me, I like these.",
    "What is your average unsubscribe rate?",
    "We removed the old unit last year.",
    "Please do not call me before 10, but Tuesday at 11 works.",
    "Don't call me on Monday, I am travelling; Tuesday is fine.",
    "Take me through the prices please.",
    "Send me the list of references.",
    "Can we opt for the larger unit?",
    "Wir haben keine Anlage dieser Art.",
    "Melden Sie sich gerne am Dienstag.",
    "Nehmen Sie mich bitte in die Einladung auf.",
    "Je ne peux pas cette semaine, plutôt mardi.",
    "No podemos esta semana, ¿el martes?",
    "Non possiamo questa settimana.",
    "Stuur mij de lijst met prijzen.",
    "Proszę o listę referencji.",
    "Pode enviar a lista de preços?",
    "Stop. Let me think: Thursday works for us.",
]


@pytest.mark.parametrize("text", OPT_OUTS)
def test_opt_outs_are_seen_in_every_language(text: str) -> None:
    result = classify(text)
    assert result.disposition == "opt_out", result
    assert result.confidence >= SURE


@pytest.mark.parametrize("text", NOT_OPT_OUTS)
def test_near_misses_are_no_opt_out(text: str) -> None:
    assert "opt_out" not in classify(text).labels, classify(text)


def test_our_own_quoted_footer_does_not_opt_anybody_out() -> None:
    text = "Tuesday at 10 works for me.\n> Do not want these mails? Please unsubscribe me here.\n"
    assert classify(text).disposition == "meeting"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Sounds interesting, please send me more information.", "interested"),
        ("Klingt gut, schicken Sie mir bitte ein Angebot.", "interested"),
        ("Cela m'intéresse, envoyez-moi une brochure.", "interested"),
        ("Me interesa, envíenme más información.", "interested"),
        ("Siamo interessati, mandatemi maggiori informazioni.", "interested"),
        ("Klinkt goed, stuur me meer informatie.", "interested"),
        ("Jesteśmy zainteresowani, proszę o przesłanie oferty.", "interested"),
        ("Temos interesse, envie-me mais informações.", "interested"),
        ("Let's talk on Tuesday at 10.", "meeting"),
        ("Can we schedule a call next week?", "meeting"),
        ("Rufen Sie mich morgen an.", "meeting"),
        ("On peut fixer un rendez-vous jeudi.", "meeting"),
        ("¿Podemos hablar el martes?", "meeting"),
        ("Possiamo sentirci giovedì?", "meeting"),
        ("Kunnen we bellen op donderdag?", "meeting"),
        ("Proszę zadzwonić we wtorek.", "meeting"),
        ("Podemos marcar para sexta?", "meeting"),
        ("How long does the installation take?", "question"),
        ("Was kostet das pro Monat?", "question"),
        ("Ile to kosztuje?", "question"),
        ("We already have a supplier for this.", "objection"),
        ("This is too expensive for us.", "objection"),
        ("Nicht interessiert ist falsch, aber derzeit nicht.", "objection"),
        ("Pas maintenant, revenez l'année prochaine.", "objection"),
        ("I'm not the right person for this.", "objection"),
        ("Not interested right now, maybe next year.", "objection"),
        ("Thanks, but we are not interested.", "not_interested"),
        ("No thanks, we already have a supplier.", "not_interested"),
        ("Kein Interesse.", "not_interested"),
        ("Nous ne sommes pas intéressés.", "not_interested"),
        ("No nos interesa, gracias.", "not_interested"),
        ("Non siamo interessati.", "not_interested"),
        ("Geen interesse, bedankt.", "not_interested"),
        ("Nie jesteśmy zainteresowani.", "not_interested"),
        ("Não temos interesse.", "not_interested"),
        ("I am out of the office until 4 January with limited access to e-mail.", "out_of_office"),
        ("Ich bin bis zum 04.01.2027 nicht im Büro. In dringenden Fällen: Anna.", "out_of_office"),
        ("Je suis absente jusqu'au 4 janvier. En cas d'urgence : Luc.", "out_of_office"),
        ("Estoy fuera de la oficina hasta el 4 de enero.", "out_of_office"),
        ("Sono fuori ufficio fino al 4 gennaio.", "out_of_office"),
        ("Ik ben afwezig tot en met 4 januari.", "out_of_office"),
        ("Jestem na urlopie do dnia 4 stycznia.", "out_of_office"),
        ("Estou de férias até ao dia 4 de janeiro.", "out_of_office"),
        ("Marta forwarded your note to the board.", "other"),
        ("", "other"),
    ],
)
def test_dispositions(text: str, label: str) -> None:
    result = classify(text)
    assert result.disposition == label, result
    assert result.disposition in result.labels
    assert result.reason


def test_somebody_who_is_on_holiday_but_asks_is_writing() -> None:
    text = "I'm on vacation right now, can we talk on Monday?"
    assert classify(text).disposition == "meeting"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=2000))
def test_any_text_gets_a_known_label(text: str) -> None:
    result = classify(text)
    assert result.disposition in LABELS
    assert 0 < result.confidence <= 1


@pytest.mark.parametrize(
    "piece", ["please ", "stop ", "no ", "? ", "1.1.", "do not ", "back ", "ab 1 "]
)
def test_long_texts_take_little_time(piece: str) -> None:
    text = (piece * 70_000)[:65_536]
    before = time.perf_counter()
    classify(text)
    assert time.perf_counter() - before < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "Not interested, please stop.",
        "Please stop.",
        "No thanks. Please stop these mails.",
        "Please remove me",
        "We have a supplier. Please stop it now, thank you",
        "Stopp bitte",
        "Nein danke, bitte keine weiteren Mails",
    ],
)
def test_a_short_stop_at_the_end_of_a_sentence_is_an_opt_out(text: str) -> None:
    assert RuleClassifier().classify(text).disposition == "opt_out"


@pytest.mark.parametrize(
    "text",
    [
        "Please stop by on Monday.",
        "We need a one-stop shop.",
        "The unit runs nonstop.",
        "The compressor does not stop. Can you look at it?",
        "They could not stop it in time, that is why we ask.",
        "Last stop. Then we go home.",
        "Can you stop the alarm?",
    ],
)
def test_a_stop_that_means_something_else_is_none(text: str) -> None:
    assert RuleClassifier().classify(text).disposition != "opt_out"
