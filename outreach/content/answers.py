# ruff: noqa: E501  a paragraph of a mail is one line
"""What an answer says, by what their message means, in eight languages.

{names} in braces are filled by services.answer_frames, never by what somebody else wrote. No number,
no price, no promise stands in a frame. Times come from the rep's working hours, a link from our
settings. What only the rep knows is a hole, and a hole stops the approval.
"""

HOLE = "[your answer or delete this line]"  # services.lint finds it in every language

_EN = {
    "greet": "Hi {first},",
    "greet_plain": "Hello,",
    "interested": "Thank you for your answer, I am glad it is of interest. The next step is a short talk, so that I understand what you have today and what should be different.",
    "meeting": "Thank you, gladly.",
    "confirm": "{when} is noted. Shall I call you, or would you rather meet by video?",
    "offer": "Would {a} or {b} suit you?",
    "offer_open": "Which day and time would suit you?",
    "link": "If it is easier, pick a time yourself: {link}",
    "link_only": "Pick a time that suits you: {link}",
    "question": "Thank you for your question.",
    "unknown": "I do not have the answer at hand and would rather not guess. I will find out and write to you.",
    "price": "I would rather not name a price before I know what you need. You will have it in writing, with what it holds.",
    "question_end": "Is there anything else I should find out for you?",
    "objection": "Thank you for saying so openly. I would rather understand it than argue.",
    "objection_end": "What would have to be different for it to be of use to you?",
    "not_interested": "Thank you for telling me plainly. I will leave it there and not write about this again.\n\nShould it become a topic one day, an answer to this message is enough.",
    "referral": "Thank you for pointing me to the right person. I will write to them directly.\n\nMay I use your name when I do?",
    "left": "Thank you for telling me, I will correct our records.\n\nWould you tell me who looks after this now?",
}

_DE = {
    "greet": "Guten Tag {first},",
    "greet_plain": "Guten Tag,",
    "interested": "vielen Dank für Ihre Antwort, ich freue mich, dass es für Sie von Interesse ist. Der nächste Schritt ist ein kurzes Gespräch, damit ich verstehe, was Sie heute haben und was anders sein soll.",
    "meeting": "vielen Dank, sehr gerne.",
    "confirm": "Ich habe {when} notiert. Soll ich Sie anrufen, oder ist Ihnen ein Videogespräch lieber?",
    "offer": "Passt Ihnen {a} oder {b}?",
    "offer_open": "Welcher Tag und welche Uhrzeit passen Ihnen?",
    "link": "Wenn es einfacher ist, wählen Sie hier selbst eine Zeit: {link}",
    "link_only": "Wählen Sie hier eine Zeit, die Ihnen passt: {link}",
    "question": "vielen Dank für Ihre Frage.",
    "unknown": "Die Antwort habe ich nicht zur Hand und möchte nicht raten. Ich erkundige mich und schreibe Ihnen.",
    "price": "Einen Preis möchte ich erst nennen, wenn ich weiß, was Sie brauchen. Sie bekommen ihn schriftlich, mit allem, was darin enthalten ist.",
    "question_end": "Soll ich noch etwas anderes für Sie klären?",
    "objection": "vielen Dank für die offenen Worte. Ich möchte es lieber verstehen als dagegen reden.",
    "objection_end": "Was müsste anders sein, damit es für Sie von Nutzen ist?",
    "not_interested": "vielen Dank für die klare Antwort. Ich belasse es dabei und schreibe Ihnen dazu nicht mehr.\n\nSollte es eines Tages ein Thema werden, genügt eine Antwort auf diese Nachricht.",
    "referral": "vielen Dank für den Hinweis auf die richtige Person. Ich schreibe ihr direkt.\n\nDarf ich dabei Ihren Namen nennen?",
    "left": "vielen Dank für die Nachricht, ich berichtige das bei uns.\n\nSagen Sie mir, wer sich jetzt darum kümmert?",
}

_FR = {
    "greet": "Bonjour {first},",
    "greet_plain": "Bonjour,",
    "interested": "Merci pour votre réponse, cela me fait plaisir que le sujet vous intéresse. La prochaine étape est un court échange, pour que je comprenne ce que vous avez aujourd'hui et ce qui devrait changer.",
    "meeting": "Merci, avec plaisir.",
    "confirm": "Je note {when}. Préférez-vous que je vous appelle, ou une visioconférence ?",
    "offer": "Est-ce que {a} ou {b} vous conviendrait ?",
    "offer_open": "Quel jour et quelle heure vous conviendraient ?",
    "link": "Si c'est plus simple, choisissez vous-même un moment : {link}",
    "link_only": "Choisissez le moment qui vous convient : {link}",
    "question": "Merci pour votre question.",
    "unknown": "Je n'ai pas la réponse sous la main et je préfère ne pas deviner. Je me renseigne et je vous écris.",
    "price": "Je préfère ne pas donner de prix avant de savoir ce qu'il vous faut. Vous l'aurez par écrit, avec ce qu'il comprend.",
    "question_end": "Y a-t-il autre chose que je devrais vérifier pour vous ?",
    "objection": "Merci pour votre franchise. Je préfère comprendre plutôt que d'argumenter.",
    "objection_end": "Qu'est-ce qui devrait être différent pour que cela vous soit utile ?",
    "not_interested": "Merci pour votre réponse claire. Je m'en tiens là et je ne vous écrirai plus à ce sujet.\n\nSi le sujet revient un jour, il suffit de répondre à ce message.",
    "referral": "Merci de m'avoir indiqué la bonne personne. Je lui écris directement.\n\nPuis-je citer votre nom ?",
    "left": "Merci de m'avoir prévenu, je corrige nos informations.\n\nPouvez-vous me dire qui s'en occupe maintenant ?",
}

_ES = {
    "greet": "Hola, {first}:",
    "greet_plain": "Hola:",
    "interested": "Gracias por su respuesta, me alegra que le interese. El siguiente paso es una conversación breve, para entender qué tienen hoy y qué debería cambiar.",
    "meeting": "Gracias, con mucho gusto.",
    "confirm": "Tomo nota: {when}. ¿Prefiere que le llame o una videollamada?",
    "offer": "¿Le viene bien {a} o {b}?",
    "offer_open": "¿Qué día y a qué hora le vendría bien?",
    "link": "Si le resulta más fácil, elija usted la hora: {link}",
    "link_only": "Elija la hora que le convenga: {link}",
    "question": "Gracias por su pregunta.",
    "unknown": "No tengo la respuesta a mano y prefiero no adivinar. Lo averiguo y le escribo.",
    "price": "Prefiero no dar un precio antes de saber qué necesitan. Lo tendrá por escrito, con todo lo que incluye.",
    "question_end": "¿Hay algo más que deba averiguar para usted?",
    "objection": "Gracias por decirlo con franqueza. Prefiero entenderlo antes que discutirlo.",
    "objection_end": "¿Qué tendría que ser distinto para que les fuera útil?",
    "not_interested": "Gracias por decírmelo con claridad. Lo dejo aquí y no volveré a escribirle sobre esto.\n\nSi algún día vuelve a ser un tema, basta con responder a este mensaje.",
    "referral": "Gracias por indicarme la persona adecuada. Le escribiré directamente.\n\n¿Puedo mencionar su nombre?",
    "left": "Gracias por avisarme, corrijo nuestros datos.\n\n¿Puede decirme quién se ocupa de esto ahora?",
}

_IT = {
    "greet": "Buongiorno {first},",
    "greet_plain": "Buongiorno,",
    "interested": "grazie per la risposta, mi fa piacere che sia di interesse. Il prossimo passo è una breve conversazione, per capire che cosa avete oggi e che cosa dovrebbe cambiare.",
    "meeting": "grazie, molto volentieri.",
    "confirm": "Ho preso nota: {when}. Preferisce che La chiami o una videochiamata?",
    "offer": "Le andrebbe bene {a} o {b}?",
    "offer_open": "Quale giorno e quale ora Le andrebbero bene?",
    "link": "Se è più comodo, scelga qui un orario: {link}",
    "link_only": "Scelga qui l'orario che preferisce: {link}",
    "question": "grazie per la domanda.",
    "unknown": "Non ho la risposta sottomano e preferisco non tirare a indovinare. Mi informo e Le scrivo.",
    "price": "Preferisco non indicare un prezzo prima di sapere di che cosa avete bisogno. Lo riceverà per iscritto, con tutto ciò che comprende.",
    "question_end": "C'è altro che devo verificare per Lei?",
    "objection": "grazie per la franchezza. Preferisco capire piuttosto che insistere.",
    "objection_end": "Che cosa dovrebbe essere diverso perché Le sia utile?",
    "not_interested": "grazie per la risposta chiara. Mi fermo qui e non Le scriverò più su questo.\n\nSe un giorno diventasse un tema, basta rispondere a questo messaggio.",
    "referral": "grazie per avermi indicato la persona giusta. Le scrivo direttamente.\n\nPosso fare il Suo nome?",
    "left": "grazie per avermelo detto, correggo i nostri dati.\n\nPuò dirmi chi se ne occupa adesso?",
}

_NL = {
    "greet": "Dag {first},",
    "greet_plain": "Goedendag,",
    "interested": "Dank u voor uw antwoord, fijn dat het u aanspreekt. De volgende stap is een kort gesprek, zodat ik begrijp wat u nu hebt en wat anders moet.",
    "meeting": "Dank u, graag.",
    "confirm": "Ik heb {when} genoteerd. Zal ik u bellen, of spreekt u liever af via video?",
    "offer": "Schikt {a} of {b} u?",
    "offer_open": "Welke dag en welk tijdstip schikken u?",
    "link": "Als dat makkelijker is, kies dan zelf een tijd: {link}",
    "link_only": "Kies een tijd die u schikt: {link}",
    "question": "Dank u voor uw vraag.",
    "unknown": "Ik heb het antwoord niet bij de hand en wil niet gokken. Ik zoek het uit en schrijf u.",
    "price": "Ik noem liever geen prijs voordat ik weet wat u nodig hebt. U krijgt hem op papier, met wat erin zit.",
    "question_end": "Is er nog iets dat ik voor u kan uitzoeken?",
    "objection": "Dank u voor uw openheid. Ik wil het liever begrijpen dan erover discussiëren.",
    "objection_end": "Wat zou er anders moeten zijn om er iets aan te hebben?",
    "not_interested": "Dank u voor uw duidelijke antwoord. Ik laat het hierbij en schrijf u hier niet meer over.\n\nWordt het ooit toch een onderwerp, dan is een antwoord op dit bericht genoeg.",
    "referral": "Dank u dat u mij naar de juiste persoon verwijst. Ik schrijf die rechtstreeks.\n\nMag ik daarbij uw naam noemen?",
    "left": "Dank u dat u het laat weten, ik pas onze gegevens aan.\n\nKunt u mij zeggen wie dit nu doet?",
}

_PT = {
    "greet": "Olá, {first},",
    "greet_plain": "Olá,",
    "interested": "Agradeço a sua resposta, fico contente por ser do seu interesse. O próximo passo é uma conversa breve, para eu perceber o que têm hoje e o que deveria mudar.",
    "meeting": "Agradeço, com todo o gosto.",
    "confirm": "Tomei nota: {when}. Prefere que lhe ligue ou uma videochamada?",
    "offer": "Convém-lhe {a} ou {b}?",
    "offer_open": "Que dia e que hora lhe convêm?",
    "link": "Se for mais fácil, escolha a hora aqui: {link}",
    "link_only": "Escolha a hora que lhe convém: {link}",
    "question": "Agradeço a sua pergunta.",
    "unknown": "Não tenho a resposta à mão e prefiro não adivinhar. Vou informar-me e escrevo-lhe.",
    "price": "Prefiro não indicar um preço antes de saber do que precisam. Vai recebê-lo por escrito, com tudo o que inclui.",
    "question_end": "Há mais alguma coisa que eu deva verificar?",
    "objection": "Agradeço a franqueza. Prefiro compreender a discutir.",
    "objection_end": "O que teria de ser diferente para lhe ser útil?",
    "not_interested": "Agradeço a resposta clara. Fico por aqui e não volto a escrever sobre isto.\n\nSe um dia voltar a ser tema, basta responder a esta mensagem.",
    "referral": "Agradeço por me indicar a pessoa certa. Vou escrever-lhe diretamente.\n\nPosso mencionar o seu nome?",
    "left": "Agradeço o aviso, vou corrigir os nossos dados.\n\nPode dizer-me quem trata disto agora?",
}

_PL = {
    "greet": "Dzień dobry,",
    "greet_plain": "Dzień dobry,",
    "interested": "dziękuję za odpowiedź, cieszę się, że temat jest interesujący. Następnym krokiem jest krótka rozmowa, aby zrozumieć, co jest dziś i co powinno się zmienić.",
    "meeting": "dziękuję, bardzo chętnie.",
    "confirm": "Zapisuję: {when}. Czy mam zadzwonić, czy lepsza będzie wideorozmowa?",
    "offer": "Czy pasuje {a} albo {b}?",
    "offer_open": "Jaki dzień i jaka godzina będą odpowiednie?",
    "link": "Jeśli tak jest wygodniej, termin można wybrać tutaj: {link}",
    "link_only": "Dogodny termin można wybrać tutaj: {link}",
    "question": "dziękuję za pytanie.",
    "unknown": "Nie mam odpowiedzi pod ręką i wolę nie zgadywać. Sprawdzę to i napiszę.",
    "price": "Wolę nie podawać ceny, zanim poznam potrzeby. Cena będzie na piśmie, razem z tym, co obejmuje.",
    "question_end": "Czy mam sprawdzić coś jeszcze?",
    "objection": "dziękuję za szczerość. Wolę to zrozumieć, niż się spierać.",
    "objection_end": "Co musiałoby być inaczej, żeby to się przydało?",
    "not_interested": "dziękuję za jasną odpowiedź. Na tym poprzestaję i nie będę więcej pisać w tej sprawie.\n\nJeśli temat kiedyś wróci, wystarczy odpowiedzieć na tę wiadomość.",
    "referral": "dziękuję za wskazanie właściwej osoby. Napiszę do niej bezpośrednio.\n\nCzy mogę powołać się na tę rozmowę?",
    "left": "dziękuję za informację, poprawię nasze dane.\n\nKto zajmuje się tym teraz?",
}

FRAMES: dict[str, dict[str, str]] = {
    "en": _EN, "de": _DE, "fr": _FR, "es": _ES, "it": _IT, "nl": _NL, "pt": _PT, "pl": _PL,
}  # fmt: skip

# how a moment is written there, in the format of django.utils.dateformat
MOMENTS = {
    "en": "l j F \\a\\t H:i",
    "de": "l, j. F, H:i \\U\\h\\r",
    "fr": "l j F à H:i",
    "es": "l j \\d\\e F \\a \\l\\a\\s H:i",
    "it": "l j F \\a\\l\\l\\e H:i",
    "nl": "l j F \\o\\m H:i",
    "pt": "l, j \\d\\e F, à\\s H:i",
    "pl": "l, j E, H:i",
}
