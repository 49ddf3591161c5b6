# ruff: noqa: E501  an answer is one line
"""Competitor: they have somebody already."""

from coaching.content.base import Ready

COMPETITOR = (
    Ready(
        "competitor-keep-them",
        "Keep them, ask for the gap",
        "They have a supplier and are content",
        "Then keep them, somebody who knows your place is worth a lot. We are often the second number: for nights, for peaks, or for the one thing the first does not do. If there is no such gap, I leave it there.",
        "What do you do when they cannot come in time?",
        "have a supplier, have a provider, already have, already work, happy with our, haben schon, haben bereits, déjà un fournisseur, ya tenemos, abbiamo già, hebben al, mamy już, já temos",
    ),
    Ready(
        "competitor-what-good",
        "Ask what they do well",
        "You know too little about the other provider",
        "It is good to hear that you are in good hands. I would like to learn from it: what your provider does well is what I would have to do at least as well. I will not ask you to change anything today.",
        "What would you not want to miss from them, and what would you change if you could?",
        "satisfied, good relationship, they do a good, zufrieden, gute erfahrungen, satisfait, content, satisfech, contentos, soddisfatt, tevreden, zadowolen, satisfeit",
    ),
    Ready(
        "competitor-contract-notice",
        "Ask for the date of notice",
        "They have a contract with somebody else",
        "A contract is a contract, and I would not want you to pay twice. Comparing once before it renews costs nothing and keeps everybody honest, your provider and us. I would call you before the notice period and not sooner.",
        "When does it renew, and do you usually compare before?",
        "contract with, signed with, agreement with, vertrag mit, contrat avec, contrato con, contratto con, contract met, umowę z, contrato com",
    ),
    Ready(
        "competitor-second-look",
        "Offer a second pair of eyes",
        "They would like to know whether what they get is good",
        "You need not change anything to find that out. We could look once at what is done now and tell you what we would leave as it is. If it is well done, you hear that from us as well.",
        "When did somebody else last look at it?",
        "second opinion, compare, benchmark, zweite meinung, vergleichen, comparer, comparar, confrontare, vergelijken, porównać",
    ),
    Ready(
        "competitor-switch-fear",
        "Take the fear out of the change",
        "They fear the trouble of changing",
        "Changing is work, I will not say otherwise. What one can do is change one part first and keep the rest until you have seen how it goes. We would write down who does what on which day before anything is ended.",
        "Which part of the change would worry you most?",
        "switch, changing provider, hassle, wechsel, umstellung, changer de, cambiar de, cambiare fornitore, overstappen, zmiana dostawcy, trocar de",
    ),
    Ready(
        "competitor-named",
        "Speak well of them, then of the difference",
        "They name a competitor",
        "I would not speak about them behind their back. I can only say how we work, so that you can judge whether the difference matters to you. If it does not, stay where you are.",
        "What would be a good reason for you to change, and what would not be enough?",
        "competitor, another vendor, other company, another company, mitbewerber, anderer anbieter, concurrent, otra empresa, competencia, concorrente, altra azienda, andere partij, konkurenc, concorrência",
    ),
    Ready(
        "competitor-friend",
        "Respect the friend",
        "A friend or relative does it for them",
        "Then I understand that price and quality are not the only things that count, and I would not come between you. If your friend ever has too much work or something too large, we could be the help behind. That can be agreed with them.",
        "Does it ever become too much for one person?",
        "a friend, brother, cousin, family member, freund macht, bekannter, un ami, un amigo, un amico, een vriend, znajomy, kolega, um amigo",
    ),
    Ready(
        "competitor-tool",
        "They have a tool for it",
        "They believe a program or machine does it already",
        "Good, then part of the work is done for you. A tool shows what is wrong, and somebody still has to come and do something about it. I would like to know where the tool ends at {{company|your company}}.",
        "When it shows a problem, who does what next?",
        "have a system, have a tool, software, platform, haben ein system, un logiciel, un sistema, un programa, een systeem, mamy system, um sistema",
    ),
    Ready(
        "competitor-bad-past-us",
        "Own what went wrong",
        "They left us or a firm like ours after a bad experience",
        "Thank you for saying it plainly. I would like to hear what happened before I say anything, because nothing I promise now is worth much beside it. If it was our fault, you will hear that from me.",
        "What would have had to go differently for you to stay?",
        "used to work with, left, cancelled, früher bei ihnen, gekündigt, quitté, dejamos, avevamo, opgezegd, zrezygnowaliśmy, cancelamos",
    ),
    Ready(
        "competitor-just-renewed",
        "Too late this time",
        "They have just signed or renewed",
        "Then I am too late this time, and I wish you that it goes well. I would write to you once, before it comes up again, and not in between. Should something not work until then, you have my number.",
        "When shall I ask again: a half year before the end, or later?",
        "just signed, just renewed, recently signed, gerade verlängert, gerade unterschrieben, vient de signer, acabamos de firmar, appena firmato, net getekend, właśnie podpisaliśmy, acabamos de assinar",
    ),
)
