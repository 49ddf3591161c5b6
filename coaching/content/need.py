# ruff: noqa: E501  an answer is one line
"""Need: they see no need, or not enough of one."""

from coaching.content.base import Ready

NEED = (
    Ready(
        "need-last-time",
        "Ask for the last time",
        "They say they do not need it",
        "That may well be so, and then I will not take more of your time. I ask because of {{pain|trouble of this kind}}, which people often notice only on a bad day. If nothing happened in the last year, you are right to leave it.",
        "When did it last happen, and who had to deal with it?",
        "no need, don't need, do not need, not needed, kein bedarf, brauchen wir nicht, pas besoin, no necesit, non ci serve, niet nodig, nie potrzeb, não precis",
    ),
    Ready(
        "need-in-house",
        "Respect what they do themselves",
        "They do it with their own people",
        "Own people who know the place are worth a lot, I would keep it that way. Where we are asked in is mostly the part around it: nights, holidays, or one thing that comes up twice a year. If that is covered as well, you need nobody.",
        "What happens when the person who knows it is on holiday or ill?",
        "in-house, in house, ourselves, our own, own team, selbst, eigene leute, en interne, nosotros mismos, internamente, zelf, sami, nós mesmos",
    ),
    Ready(
        "need-works-fine",
        "Agree, then ask about the edge",
        "Everything works fine",
        "I am glad to hear it, and I would not touch what works. What I would like to know is how you would notice if it stopped working well. If somebody would notice in time, that is all one can ask for.",
        "How would you notice that it is getting worse, before it stops?",
        "works fine, happy with, no problem, no issues, läuft gut, alles gut, tout va bien, funciona bien, todo bien, va tutto bene, werkt goed, działa dobrze, tudo bem, funciona bem",
    ),
    Ready(
        "need-too-small",
        "Fit it to their size",
        "They think they are too small for it",
        "A fair thought. Small companies need less of it, and some need none. I would only look at the one thing that would hurt most if it failed, and tell you whether it is worth doing something about it.",
        "Which one thing must not stop on a normal working day?",
        "too small, small company, small business, zu klein, trop petit, demasiado pequeñ, troppo piccol, te klein, za mała, za mali, muito pequen",
    ),
    Ready(
        "need-tried-before",
        "Learn from what did not work",
        "They tried something like it and gave it up",
        "Thank you for saying so, that is more useful to me than a yes. If the reason is one that we would not do better, I will tell you. If it was a matter of how it was done, we can talk about that one point.",
        "What did you hope for then, and where did it fail?",
        "tried, didn't work, did not work, bad experience, ausprobiert, nicht funktioniert, déjà essayé, ya probamos, già provato, al geprobeerd, próbowaliśmy, já tentamos",
    ),
    Ready(
        "need-not-priority",
        "Ask what is first",
        "There are more important things",
        "I understand, one cannot do everything at once. Let me ask what is first for you just now; perhaps it has nothing to do with us, and then I will wait. Perhaps the two belong together.",
        "What is at the top of your list this quarter?",
        "not a priority, low priority, more important, other things, keine priorität, pas une priorité, no es prioridad, non è una priorità, geen prioriteit, nie jest priorytet, não é prioridade",
    ),
    Ready(
        "need-do-not-see",
        "Say it in one sentence",
        "They do not see what it would do for them",
        "Then I have not said it well. In one sentence: we take care of {{service|this kind of work}}, to keep {{pain|the usual trouble}} off your desk. If that is nothing you think about, we can leave it there.",
        "Does that ever land on your desk, or on whose?",
        "don't see, do not see, what is the benefit, what's in it, keinen nutzen, keinen mehrwert, aucun intérêt, no veo, non vedo, zie het nut niet, nie widzę, não vejo",
    ),
    Ready(
        "need-rule",
        "Ask who answers for it",
        "They doubt that a rule or duty concerns them",
        "It is good to check that instead of believing it, from me or anybody else. I can send you the text it comes from, and you or your adviser read whether it concerns {{company|your company}}. If it does not, you have it in writing.",
        "Who at your company answers for it if somebody asks?",
        "not required, no obligation, doesn't apply, does not apply, keine pflicht, nicht verpflichtet, pas obligatoire, no es obligatorio, non obbligator, niet verplicht, nie jest wymagan, não é obrigatório",
    ),
    Ready(
        "need-just-looking",
        "Help them look",
        "They are only gathering information",
        "Good, then this is the right moment for questions and the wrong one for offers. I will tell you how others usually go about it, what to ask any provider, ours included, and what I would leave out. No number until you want one.",
        "What made you start looking?",
        "just looking, gathering information, research, curious, nur informieren, simple curiosité, solo mirando, solo informazioni, alleen oriënteren, tylko sprawdzam, só pesquisando",
    ),
    Ready(
        "need-closing",
        "Leave kindly",
        "They are selling, closing or shrinking",
        "Thank you for telling me, {{first_name|and all the best for what comes next}}. Then there is nothing for us to sell, and I close the file. If something has to be looked after until then, call me and we do only that.",
        "Is there anything that has to keep running until then?",
        "closing down, shutting down, selling the, retire, schließen, geben auf, fermons, cerramos, chiudiamo, stoppen ermee, zamykamy, encerrando",
    ),
)
