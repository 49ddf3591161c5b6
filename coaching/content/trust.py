# ruff: noqa: E501  an answer is one line
"""Trust: they doubt us, the claim, or the whole mail."""

from coaching.content.base import Ready

TRUST = (
    Ready(
        "trust-who-are-you",
        "Say who you are and why you write",
        "They do not know you",
        "A fair question. I am {{sender_name|the person signing below}} of {{sender_company|our company}}, and we do {{service|this kind of work}}. You find us at {{website|the address below}}, and you can call me instead of writing.",
        "Would you rather see us once in person before we talk about anything else?",
        "who are you, never heard, don't know you, wer sind sie, nie gehört, kenne sie nicht, qui êtes, quién es usted, quiénes son, chi siete, wie bent u, wie zijn jullie, kim jesteś, kim państwo, quem são, quem é você",
    ),
    Ready(
        "trust-where-from",
        "Tell where the address is from",
        "They ask where you have their address from",
        "You have a right to know that, and I will look it up and tell you exactly. If you do not want to hear from us, one word is enough and your address is not used again. No reason is needed.",
        "Shall I only tell you the source, or also take you off the list?",
        "where did you get, my address, my email from, data, gdpr, woher haben sie, dsgvo, d'où avez, rgpd, de dónde, da dove, hoe komt u aan, avg, skąd macie, rodo, lgpd",
    ),
    Ready(
        "trust-proof",
        "Offer something they can check",
        "They want proof",
        "You should not have to believe me. I will ask a customer of ours in your trade whether you may call them without me on the line, and I only name people who agreed. If nobody can be named, I will say so.",
        "What would you ask somebody who works with us?",
        "proof, references, case study, who else, evidence, referenzen, nachweis, références, preuve, referencias, pruebas, referenze, prove, referenties, bewijs, referencje, dowód, referências, provas",
    ),
    Ready(
        "trust-too-good",
        "Take the promise back to its size",
        "It sounds too good to be true",
        "Then I have said too much, and you are right to doubt it. Let me say what we do, what we do not do, and where it went less well than hoped. After that you know more than from any promise.",
        "Which part sounded too good?",
        "too good to be true, sounds too good, hard to believe, skeptical, sceptical, zu schön, skeptisch, trop beau, sceptique, demasiado bueno, escéptic, troppo bello, scettic, te mooi, sceptisch, zbyt piękne, sceptyczn, bom demais, cético",
    ),
    Ready(
        "trust-machine",
        "Say what was written by whom",
        "They ask whether a machine wrote it",
        "A program helped me with the draft, and I read and approved every word before it went out. From here on it is me, {{sender_first_name|in person}}. You can also ring me and check.",
        "Would you prefer that I call you?",
        "automated, a bot, robot, ai generated, template, mass mail, massenmail, automatisch, automatique, automátic, automatic, geautomatiseerd, automatyczn, automatizad",
    ),
    Ready(
        "trust-small-company",
        "Say what happens when you are away",
        "They fear that you are too small or too new",
        "That is a fair worry, and I would have it too. I will write down who comes when the usual person is away, and what we would not take on because we are too few for it. Then you judge whether that is enough.",
        "What would have to be covered at any time of the day?",
        "how big are you, how many employees, too new, startup, wie groß sind sie, wie viele mitarbeiter, combien d'employés, cuántos empleados, quanti dipendenti, hoeveel medewerkers, ilu pracowników, quantos funcionários",
    ),
    Ready(
        "trust-burnt",
        "Ask what happened",
        "They were let down by somebody before",
        "I am sorry that happened, and I understand that you look twice now. I would like to know what was promised and not kept, because that is what we should put in writing first. If we cannot promise it either, you hear it now.",
        "What would you want in writing this time?",
        "bad experience, let down, burned, burnt, disappointed, enttäuscht, schlechte erfahrung, mauvaise expérience, déçu, mala experiencia, decepcionad, brutta esperienza, delus, slechte ervaring, teleurgesteld, złe doświadcz, zawied, má experiência, decepcionad",
    ),
    Ready(
        "trust-guarantee",
        "Say what you stand for, and what not",
        "They ask for a guarantee",
        "I can promise what is in our hands: when we come, what we do and what happens if we do not. I cannot promise what depends on others, and I would not sign it. Let us write both lists down before you decide.",
        "What is the one thing that must not go wrong?",
        "guarantee, warranty, what if it doesn't, what if it fails, garantie, garantía, garanzia, gwarancj, garantia",
    ),
    Ready(
        "trust-fine-print",
        "Read the terms together",
        "They fear hidden terms",
        "Then let us read them together, that takes ten minutes. I mark what binds you, for how long, and how you get out of it. If a sentence is not clear to you, we change it or leave it out.",
        "Which clause has cost you money before?",
        "hidden, fine print, terms, lock-in, catch, kleingedruckt, versteckt, clause, cachés, letra pequeña, oculto, clausole, nascost, kleine lettertjes, verborgen, drobny druk, ukryt, letras miúdas, ocult",
    ),
    Ready(
        "trust-visit",
        "Meet before you promise",
        "They would rather see a face first",
        "I would want that too. I come by, look, and leave nothing behind but a page with what I saw. There is no offer in it unless you ask for one.",
        "Which morning suits you, and who should be there?",
        "meet in person, see you first, come by, persönlich kennenlernen, rencontrer, conocer en persona, incontrare di persona, persoonlijk, osobiście, pessoalmente",
    ),
)
