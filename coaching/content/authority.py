# ruff: noqa: E501  an answer is one line
"""Authority: somebody else decides."""

from coaching.content.base import Ready

AUTHORITY = (
    Ready(
        "authority-who-and-how",
        "Ask how it is decided",
        "They do not decide alone",
        "Thank you for telling me, that saves us both time. I would like to understand how such a decision is made at {{company|your company}}, so that I give you what is needed and nothing else. I will not go past you.",
        "Who looks at it after you, and what do they look at first?",
        "not my decision, don't decide, do not decide, not up to me, entscheide ich nicht, nicht meine entscheidung, ne décide pas, no decido, non decido, beslis niet, nie decyduję, não decido",
    ),
    Ready(
        "authority-name-please",
        "Ask for the name, kindly",
        "They are the wrong person",
        "Then I have knocked at the wrong door, and I am sorry for the trouble. A name is all I need, and I will say that you were so kind as to point me there. If you prefer to pass it on yourself, that is just as good.",
        "Who looks after {{service|this}} at your company?",
        "wrong person, not responsible, not the right person, other department, nicht zuständig, falsche person, pas la bonne personne, no soy la persona, non sono la persona, niet de juiste, niewłaściwa osoba, não sou a pessoa",
    ),
    Ready(
        "authority-boss",
        "Give them one page for the boss",
        "They have to ask their boss",
        "Of course. Your boss will likely ask three things: what it costs, what it replaces and what can go wrong. I can write these on one page so that you need not explain our work for us.",
        "What would your boss ask first?",
        "my boss, my manager, the director, ceo, chef fragen, mein chef, vorgesetzt, mon patron, mon responsable, mi jefe, il mio capo, mijn baas, mój szef, meu chefe",
    ),
    Ready(
        "authority-three-way",
        "Offer a short talk together",
        "The other person will have questions they cannot answer",
        "You should not have to answer questions about our work. If it helps, I join for fifteen minutes, answer what is asked and leave you to talk. You decide whether that is useful.",
        "Would it help if I joined for the questions, or is it better that you speak with them first?",
        "discuss internally, talk to my, speak to my, run it by, intern besprechen, en parler, comentarlo, parlarne, bespreken, omówić, discutir internamente",
    ),
    Ready(
        "authority-procurement",
        "Go the way purchasing goes",
        "Purchasing or a tender decides",
        "Good, then there is a way that is the same for everybody, and we will go it. It helps to know early which papers they want, because these take longer than the work itself. I will prepare them and send them to whom you name.",
        "Which papers does purchasing ask for, and is there a date?",
        "procurement, purchasing, tender, einkauf, ausschreibung, achats, appel d'offres, compras, licitación, ufficio acquisti, gara, inkoop, aanbesteding, zakupy, przetarg, licitação",
    ),
    Ready(
        "authority-headquarters",
        "Ask what is free to decide locally",
        "Headquarters decides",
        "That is often so. In many groups the large agreements come from headquarters while smaller work is decided on site. I would not want you to ask for something that is not yours, so let us find out where the line is.",
        "Up to what amount do you decide on site?",
        "headquarter, head office, corporate, group decides, zentrale, konzern, siège, sede central, sede centrale, hoofdkantoor, centrala, matriz",
    ),
    Ready(
        "authority-board",
        "Work towards the meeting",
        "A board, partners or owners meet on it",
        "Then the date of that meeting is what counts. I would send you what they need a week before, short enough to be read. If a question comes up there, I answer it the same day.",
        "When do they meet next, and who puts it on the list?",
        "the board, partners, owners, committee, shareholders, vorstand, gesellschafter, gremium, conseil, junta, socios, consiglio, soci, bestuur, zarząd, wspólnicy, diretoria",
    ),
    Ready(
        "authority-partner-home",
        "Two people decide at home",
        "They want to talk with their partner or family first",
        "That is as it should be, you both have to live with it. I can write down the two or three things that matter, so that nothing depends on how well I explained it. Take the time you need.",
        "What will matter most to your partner?",
        "my wife, my husband, my partner, family, meine frau, mein mann, ma femme, mon mari, mi mujer, mi marido, mia moglie, mio marito, mijn vrouw, mijn man, moja żona, mój mąż, minha esposa, meu marido",
    ),
    Ready(
        "authority-champion",
        "Ask whether they want it themselves",
        "They hide behind somebody else and it is not clear what they think",
        "Before we think about the others, I would like to know how you see it yourself. If you would not do it, we need not trouble anybody else with it. If you would, I help you as far as I can.",
        "If it were yours alone to decide, what would you do?",
        "they won't, they will not, management doesn't, nobody here, die wollen nicht, ils ne veulent, no quieren, non vogliono, ze willen niet, nie chcą, não querem",
    ),
    Ready(
        "authority-technical",
        "Let their expert check it",
        "A technical person has to agree first",
        "Good that somebody looks at it who knows the details. I would rather answer hard questions now than later. I send what is needed in writing, so that it can be checked without a meeting.",
        "What does your colleague want to be sure of?",
        "technical team, our engineer, it department, it team, techniker, technik muss, service technique, departamento técnico, ufficio tecnico, technische dienst, dział techniczny, equipe técnica",
    ),
)
