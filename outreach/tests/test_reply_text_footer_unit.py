"""What stands under a person's words and is nobody's wish, and wishes that must stay."""

import pytest

from outreach.mail.reply_text_footer import without_footer

OWN = "Yes please, call me tomorrow at 10.\n\nBest regards\nBob Smith"
FOOTERS = """
You received this message because you are subscribed to the Google Groups "sales" group.
To unsubscribe from this group and stop receiving emails from it, send an email to s@acme.example.
If you no longer wish to receive these emails, unsubscribe here.
You can unsubscribe at any time.
Unsubscribe | Privacy policy
If you are not the intended recipient please contact us and delete our message from your system.
If you want us to stop contacting you, please write to privacy@acme.example.
Falls Sie keine weiteren Mails wünschen, melden Sie sich hier ab.
Wenn Sie keine weiteren E-Mails erhalten möchten, können Sie sich hier abmelden.
Si vous ne souhaitez plus recevoir nos courriels, cliquez ici.
Se désinscrire de notre newsletter
Si no desea recibir más correos, dese de baja aquí.
Se non vuoi più ricevere le nostre email clicca qui per disiscriverti.
Wilt u geen e-mails meer ontvangen? Klik hier om u af te melden.
Jeśli nie chcesz otrzymywać wiadomości, wypisz się tutaj.
Para não receber mais mensagens, descadastre-se aqui.
Do not want these mails? https://us.example/u/1
| Do not want these mails? https://us.example/u/1
* If you'd rather not hear from me, just reply "stop" and I'll take you off.
[CAUTION: external. If this is spam click here]
""".strip().splitlines()

WISHES = """
Unsubscribe me from this list.
Please unsubscribe me.
Unsubscribe from this list
I clicked unsubscribe here and still get mails, remove me.
I want to unsubscribe from this, reply here when done.
If you don't stop emailing me I will report you.
Stop
Bitte melden Sie mich ab.
Merci de me désinscrire.
Ik wil geen mails meer ontvangen.
""".strip().splitlines()


@pytest.mark.parametrize("line", FOOTERS)
def test_a_footer_below_words_is_dropped(line: str) -> None:
    assert without_footer(f"{OWN}\n\n{line}") == OWN


@pytest.mark.parametrize("line", FOOTERS)
def test_a_mail_keeps_its_first_words(line: str) -> None:
    assert without_footer(line) == line


@pytest.mark.parametrize("line", WISHES)
def test_a_wish_stays(line: str) -> None:
    text = f"{OWN}\n\n{line}"
    assert without_footer(text) == text


def test_a_wrapped_footer_goes_whole() -> None:
    text = (
        f"{OWN}\n\nTo unsubscribe from this group and stop receiving emails from it, send\n"
        "an email to sales+unsubscribe@acme.example."
    )
    assert without_footer(text) == OWN
