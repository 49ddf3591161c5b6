"""Talk of stopping that is no wish to stop, in nine languages, and the wishes beside it."""

import pytest

from salesagent.ai.rules import RuleClassifier, says_the_opposite

OTHER_THINGS = """
Can we stop at any time, or is there a minimum term? And do you delete our data when we leave?
We will unsubscribe from our current vendor next month, so send me your prices.
We're opting out of our phone contract, what would yours cost?
Please don't unsubscribe me, I like reading these.
Can my staff opt out of the alerts?
How do I delete my data from the app if I cancel?
Remove us from the waiting list? No, we still want the slot.
Können wir jederzeit kündigen, und löschen Sie unsere Daten, wenn wir gehen?
Bitte nicht abmelden, ich lese das gern.
Ich möchte mich beim alten Anbieter abmelden, schicken Sie mir ein Angebot.
Peut-on se désabonner à tout moment ?
Nous allons nous désabonner de notre fournisseur actuel, envoyez vos tarifs.
Surtout ne me désinscrivez pas, j'aime vous lire.
Nos vamos a dar de baja de nuestro proveedor este mes, así que pásame precios cuanto antes.
¿Podemos darnos de baja cuando queramos?
No me den de baja, me gusta leerlos.
¿Eliminan mis datos al terminar el contrato?
Vogliamo disiscriverci dal nostro gestore attuale, mi mandi i prezzi.
Non cancellatemi dalla lista, mi piace.
Vamos cancelar a nossa assinatura com o fornecedor atual, mande preços.
We willen ons uitschrijven bij onze huidige leverancier, stuur een offerte.
Schrijf me niet uit, ik lees het graag.
Proszę nie wypisywać mnie z listy, lubię to czytać.
Ta inte bort mig från listan, jag gillar era mejl.
""".strip().splitlines()

WISHES = """
Can you please remove me from your list?
Please stop emailing me, we are happy with our current supplier.
Unsubscribe please, our supplier is fine.
Würden Sie bitte meine Daten löschen?
Veuillez me désinscrire, nous avons déjà un fournisseur.
¿Me pueden dar de baja, por favor?
Dennos de baja, ya tenemos proveedor.
Potete cancellarmi dalla lista?
Kunt u mij uitschrijven?
Kunnen jullie ons van de lijst halen?
Czy mogą mnie państwo usunąć z listy?
Kan ni ta bort mig från listan?
We like our own provider. Take us off your mailing list.
Do you delete data when we leave? Anyway, unsubscribe me.
""".strip().splitlines()


@pytest.mark.parametrize("text", OTHER_THINGS)
def test_talk_of_stopping_something_else(text: str) -> None:
    assert RuleClassifier().classify(text).disposition != "opt_out"


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_stays_a_wish(text: str) -> None:
    assert RuleClassifier().classify(text).disposition == "opt_out"
    assert not says_the_opposite(text)


def test_the_opposite_is_known_where_it_is_said() -> None:
    assert says_the_opposite("Please don't unsubscribe me, I like reading these.")
    assert not says_the_opposite("Send me the price list.")
