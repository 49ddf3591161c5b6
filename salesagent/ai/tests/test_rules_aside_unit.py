"""Words for stopping with another wish beside them, and wishes that look like these."""

import pytest

from salesagent.ai.rules import RuleClassifier, says_otherwise

BESIDE = """
Don't call me, mail me the offer please.
Please do not call me, email is fine. What does it cost?
No more calls please, mail only. And yes, send the offer.
Please don't send any more emails to info@, use my address anna@x.com instead. We are interested.
Please remove our old address from your database and use the new one: 5 High St.
Please take me off cc and add my boss, he wants the demo.
Our customers keep telling us to stop sending paper invoices. Can your product help?
We want to stop sending faxes. How much is your tool?
I told my colleague to stop contacting you, I will handle it.
We need to unsubscribe inactive customers automatically. Does it do that?
I want to opt out of the annual plan and go monthly.
Don't stop writing to me, I love these.
We have no more emails left in our quota, could you send the offer to my other address?
Leave me alone with the slides till Friday, then I call you.
Delete my previous email, wrong attachment.
Wir haben keine Mail von Ihnen erhalten. Bitte noch einmal senden.
Wir haben keine Nachrichten mehr von Ihnen erhalten, bitte melden Sie sich.
Ich möchte meinen Stromvertrag abbestellen und zu Ihnen wechseln.
Kann man euch bitte helfen lassen? Wir wollen unser altes Auto abmelden.
Lass mich in Ruhe darüber schlafen, ich melde mich.
Ne nous envoyez pas la facture papier mais le PDF.
Nous ne voulons plus recevoir de factures papier de nos fournisseurs.
No quiero recibir el catálogo en papel, mejor en PDF. Me interesa mucho.
Non voglio ricevere il catalogo cartaceo, mi mandi il PDF. Interessato!
Não quero receber o catálogo em papel, envie o PDF. Tenho interesse.
Proszę nie dzwonić przed 10, potem chętnie porozmawiam.
Ta bort min gamla adress från listan och använd den här i stället.
Не звоните до обеда, звоните после 14. Нам интересно.
Не пишите на старый адрес, пишите сюда. Пришлите цену.
不要再发到旧邮箱了,请发到这个新邮箱,我们想要报价。
""".strip().splitlines()

WISHES = """
Don't call me.
Don't call me. Don't email me.
Don't call me, and remove me from your email list.
Do not contact us by phone or by email.
Stop calling me and stop emailing me.
If you do not stop emailing me I will report you.
Why don't you stop emailing me
I haven't received any value from this. Unsubscribe me.
I never received your earlier mails, please remove me from your list.
Please stop sending me your catalogue.
Please remove this old address from your mailing list. Thanks.
You have my old number. Remove me from your list.
I want you to stop sending these emails
Ich möchte keine Mails mehr von Ihnen erhalten.
Ich will Ihren Newsletter abbestellen.
Ich habe keine Zeit, bitte keine weiteren Mails mehr schicken.
Je ne souhaite plus recevoir vos courriers.
Graag afmelden voor deze mails.
No quiero recibir más correos.
Non voglio più ricevere email.
Не звоните мне больше.
Proszę więcej nie dzwonić.
""".strip().splitlines()


@pytest.mark.parametrize("text", BESIDE)
def test_another_wish_stands_beside(text: str) -> None:
    assert RuleClassifier().classify(text).disposition != "opt_out"


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_stays_a_wish(text: str) -> None:
    assert RuleClassifier().classify(text).disposition == "opt_out"
    assert not says_otherwise(text)


def test_a_guess_is_told_apart_from_a_plain_denial() -> None:
    assert says_otherwise("Don't call me, mail me the offer please.")
    assert not says_otherwise("Please don't unsubscribe me, I like reading these.")
    assert not says_otherwise("Send me the price list.")
