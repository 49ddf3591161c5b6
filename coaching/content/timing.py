# ruff: noqa: E501  an answer is one line
"""Timing: not now, later, too busy."""

from coaching.content.base import Ready

TIMING = (
    Ready(
        "timing-name-a-month",
        "Name a month together",
        "They say later without a date",
        "That is fine, and I do not want to bother you in between. I would put one date in my calendar and write to you then, not before. If it is no subject by then, one word is enough.",
        "Which month is better for you, and the first or the last week of it?",
        "later, not now, not right now, at the moment, später, momentan, plus tard, más adelante, più avanti, later, później, mais tarde",
    ),
    Ready(
        "timing-busy-short",
        "Make it small",
        "They have no time to look at it",
        "I can see that you have a full desk, {{first_name|and I will be short}}. Let me send you three lines you can answer with yes or no, and I will do the rest. If the answers are no, I leave you in peace.",
        "Is there somebody in your team who knows the details and has ten minutes?",
        "busy, no time, swamped, full, keine zeit, viel zu tun, pas le temps, sin tiempo, no tengo tiempo, non ho tempo, geen tijd, nie mam czasu, sem tempo",
    ),
    Ready(
        "timing-what-changes",
        "Ask what changes then",
        "They say next quarter or next year",
        "Understood. So that I come back with something useful and not with the same mail, help me with one thing. If I know what is different by then, I can prepare for exactly that.",
        "What will be different then: the budget, a contract that ends, or the people?",
        "next quarter, next year, q1, q2, q3, q4, nächstes jahr, nächstes quartal, l'année prochaine, próximo año, prossimo anno, volgend jaar, przyszłym roku, próximo ano",
    ),
    Ready(
        "timing-contract-end",
        "Work back from the contract",
        "They are bound by a contract for some time",
        "Then there is nothing to decide today, and I would not ask you to pay twice. It helps to know the notice period, because that is earlier than the end. I would call you some weeks before it and not sooner.",
        "When does it end, and how long before that do you have to give notice?",
        "contract runs, under contract, locked in, until our contract, vertrag läuft, sous contrat, contrato vigente, contratto in corso, contract loopt, umowa trwa, contrato em vigor",
    ),
    Ready(
        "timing-project-first",
        "Let the other project go first",
        "Another project has to be finished first",
        "One thing at a time is a good rule. Let your project land first. I would only ask whether it touches {{service|our field}}, because some things are easier to plan in than to add afterwards.",
        "When do you expect it to be done, and does any part of it touch what we talked about?",
        "another project, priorities, other priorities, after the, projekt, prioritäten, autre projet, otro proyecto, prioridades, altro progetto, ander project, inny projekt, outro projeto",
    ),
    Ready(
        "timing-season",
        "Wait for the quiet weeks",
        "They are in their season",
        "I know that nobody changes anything in the middle of the season. Let us use the time after it, while what went wrong is still fresh. You could note three things until then, and we begin with these.",
        "When do the quiet weeks begin for you?",
        "season, peak, christmas, summer, hochsaison, saison, temporada, stagione, seizoen, sezon, temporada alta",
    ),
    Ready(
        "timing-holiday",
        "Pick a day after the return",
        "They are about to go away",
        "Then enjoy it and forget this until you are back. I will write a few days after, when the first pile is gone. You need to do nothing before.",
        "Is the week after your return good, or rather the one after that?",
        "holiday, vacation, away until, leave until, urlaub, vacances, congés, vacaciones, ferie, vakantie, urlop, férias",
    ),
    Ready(
        "timing-reorganise",
        "Wait until roles are clear",
        "They are reorganising, moving or merging",
        "That is a bad moment to bring in something new, I agree. Once the roles are clear, somebody will own this subject, and that may not be you. I would rather ask once at the right time.",
        "When will you know who takes care of this?",
        "reorgani, restructur, merger, moving, new management, umstrukturierung, umzug, réorganisation, reestructuración, riorganizzazione, reorganisatie, reorganizacja, reestruturação",
    ),
    Ready(
        "timing-cost-of-wait",
        "Ask what waiting costs",
        "They put it off although the trouble is there now",
        "Waiting can be the right choice, so let us look at it like a choice. As long as you can live with {{pain|the trouble}}, you lose nothing by it. Where things tend to come back, a short look now may save you work later.",
        "How often does it happen between now and then, if nothing changes?",
        "wait, postpone, put off, hold off, on hold, abwarten, verschieben, attendre, reporter, esperar, aplazar, aspettare, rimandare, wachten, uitstellen, poczekać, odłożyć, adiar",
    ),
    Ready(
        "timing-send-something",
        "Ask what they want to know",
        "They ask for something to read, to end the talk",
        "Gladly, and I would keep it to one page. So that it is not one more brochure, I would write only about what matters at {{company|your company}}. I will look after it on a day that you name.",
        "What is the one thing it should answer, and when will you have looked at it?",
        "send me something, send information, send some info, brochure, unterlagen, schicken sie, documentation, envíeme, mandi qualcosa, stuur, prześlij, envie",
    ),
)
