# ruff: noqa: E501  an answer is one line
"""Price: it costs too much, or more than somebody else asks."""

from coaching.content.base import Ready

PRICE = (
    Ready(
        "price-cost-of-now",
        "Ask what it costs today",
        "They say it is expensive and nobody has spoken of what the trouble costs",
        "That is fair, {{first_name|and thank you for saying it}}. Before we look at the number, I would like to set it beside the cost of {{pain|the trouble}} today. If that turns out to be less than our price, I will tell you so.",
        "What did it cost you the last time it went wrong, in hours or in money?",
        "expensive, too much, costly, pricey, zu teuer, trop cher, demasiado caro, troppo caro, te duur, za drogo, muito caro",
    ),
    Ready(
        "price-compare-like",
        "Put both offers side by side",
        "They have a cheaper offer in hand",
        "It makes sense to compare. Two offers in this field seldom hold the same work, so let us lay them side by side, line by line. If theirs covers what you need, take it; if something is missing there, you will see it before you sign.",
        "What does the other offer include, and what happens when something falls outside of it?",
        "cheaper, lower price, better price, for less, % less, günstiger, billiger, moins cher, más barato, meno caro, goedkoper, taniej, mais barato",
    ),
    Ready(
        "price-smaller-start",
        "Start with a part of it",
        "The sum is too large for one decision",
        "Then let us not decide on the whole at once. We could begin with the part that troubles you most, and you judge by that whether the rest is worth it. You would not owe us a second step.",
        "If you could have only one part of this solved first, which one would it be?",
        "too big, large amount, lot of money, high investment, zu hoch, trop élevé, muy alto, troppo alto, te hoog, za wysoka, muito alto",
    ),
    Ready(
        "price-budget-when",
        "Ask when the budget is made",
        "There is no budget for it this year",
        "Thank you for being open about it. Many companies have no line for {{service|this}} until somebody has written down what it should do and cost. I can put that on one page for you, to use or not when the budget is made.",
        "When is the next budget put together, and who has to read it?",
        "no budget, not budgeted, budget is, kein budget, pas de budget, sin presupuesto, nessun budget, geen budget, brak budżetu, sem orçamento",
    ),
    Ready(
        "price-what-is-in-it",
        "Show what the number holds",
        "They ask why it costs that much",
        "A good question, and you should have the answer before you decide. I will write down what each part of the price pays for, and which parts you can leave out. Then we talk about the parts, not about the sum.",
        "Which of these parts matters least to you?",
        "why so, why is it, how come, what do i get, warum so, pourquoi si, por qué tan, perché così, waarom zo, dlaczego tak, por que tão",
    ),
    Ready(
        "price-discount-trade",
        "Trade, never give",
        "They ask for a discount",
        "I would rather not take something off without changing what you get, because then the first price would not have been honest. What I can do is look at scope, dates or terms with you and see what each would save. You choose what is worth it.",
        "Where are you flexible: scope, start date, or the length of the agreement?",
        "discount, best price, reduce, come down, negotiate, rabatt, nachlass, remise, descuento, sconto, korting, rabat, desconto",
    ),
    Ready(
        "price-defend-inside",
        "Help them defend it",
        "They like it but have to defend the number to others",
        "That is a hard place to be in, so let me make it easier. I can write one page with what it costs, what it replaces and what we do not promise, in words your colleagues can check. You change whatever does not sound like {{company|your company}}.",
        "What will the first question be when you show them the number?",
        "defend, justify, explain to, my partners, convince, rechtfertigen, justifier, justificar, giustificare, verantwoorden, uzasadnić, justificar",
    ),
    Ready(
        "price-risk-both",
        "Ask what would make it safe",
        "The price is fine but the risk of spending it wrongly is not",
        "I hear that it is less the sum and more the doubt whether it will be worth it. Then let us agree first on how you would tell, after the first weeks, that it was. If we cannot name that, you should not buy it.",
        "What would have to be different after three months for you to call it money well spent?",
        "worth it, value for money, return, roi, lohnt, ça vaut, vale la pena, vale la pena, de moeite waard, opłaca, compensa",
    ),
    Ready(
        "price-terms",
        "Look at when, not how much",
        "The price is right but it comes at a bad moment for their cash",
        "Thank you for telling me, that is easier to solve than the price itself. We can look at when it is paid and when we begin, as long as both of us can rely on the dates. I would put it in writing so that nobody is surprised.",
        "Which months are the tight ones for you?",
        "cash flow, cash, instal, payment terms, pay later, liquidität, ratenzahlung, trésorerie, liquidez, liquidità, betalen in termijnen, płynność, fluxo de caixa",
    ),
    Ready(
        "price-walk-away",
        "Say when not to buy",
        "They repeat that it is too expensive after you explained it",
        "Then it may simply not be right for you now, and I would rather say so than push. As long as you can live with {{pain|the trouble}}, keep what you have. When that changes, you know what we do and what it costs.",
        "Is there a point at which it would become worth it, so that I call then and not before?",
        "still too expensive, cannot afford, can't afford, out of reach, nicht leisten, pas les moyens, no podemos permit, non possiamo permett, niet veroorloven, nie stać, não podemos pagar",
    ),
)
