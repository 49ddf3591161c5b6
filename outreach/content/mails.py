# ruff: noqa: E501  a paragraph of a mail is one line
"""Mail frames. Each says why we write, names one trouble, asks one question that is easy to answer.

No number, no customer's name, no deadline: those need a source that only the user has. A frame reads
well when every field is filled and when none but the sender's is.
"""

from outreach.content.base import Text

MAILS = (
    Text(
        "first-pain",
        "Name the pain",
        "email",
        "first touch",
        subject="A question about {{company|your company}}",
        body="""Hi {{first_name|there}},

{{pain_sentence|Small faults tend to show themselves at the worst moment.}}

We do {{service|this kind of work}} every day, and I would like to know how you handle it at {{company|your company}}. Is it settled, or does it still cost somebody a night now and then?

If you are not the right person, a name is all I need.

{{sender_signature}}""",
    ),
    Text(
        "first-question",
        "One honest question",
        "email",
        "first touch",
        subject="Who looks after this at {{company|your company}}?",
        body="""Hi {{first_name|there}},

A short question before I take more of your time: who looks after {{pain|maintenance and the calls that come with it}} at {{company|your company}}?

We do {{service|this kind of work}} for a living. I do not know yet whether we can be of use to you, and two lines from you would tell me. If you have it well in hand, say so and I leave it there.

{{sender_signature}}""",
    ),
    Text(
        "first-local",
        "From the neighbourhood",
        "email",
        "first touch",
        subject="A quiet day at {{company|your company}}",
        body="""Hi {{first_name|there}},

We work in and around {{city|your area}}, and I am getting to know the companies there before anybody needs us in a hurry.

{{pain_sentence|Most people meet us on a bad day, when something has already stopped.}} I would rather talk on a quiet day. Would it be useful if I came by once, looked at what you have, and told you plainly what I would leave alone and what I would watch?

{{sender_signature}}""",
    ),
    Text(
        "second-how",
        "Show how we work",
        "email",
        "proof",
        body="""Hi {{first_name|there}},

Here is how we usually begin, so that you can judge whether it fits {{company|your company}}.

First we come and look, together with the person who knows the place best. Then you get a page in plain words: what is fine, what we would watch, what we would do first and why. You decide what happens with it, with us or without us.

Would such a first look be of use to you, or is there somebody else I should ask?

{{sender_signature}}""",
    ),
    Text(
        "second-checklist",
        "Offer something useful",
        "email",
        "proof",
        subject="A checklist for {{company|your company}}",
        body="""Hi {{first_name|there}},

We keep a checklist for companies in your trade: what to look at before the season starts, who should be called when, and what to write down when something fails. It also covers {{pain|the faults that nobody notices in time}}. It is plain, and it works without us.

Shall I send it to you? A "yes" is enough as an answer.

{{sender_signature}}""",
    ),
    Text(
        "second-short",
        "One short question",
        "email",
        "follow-up",
        body="""Hi {{first_name|there}},

One short question, and you can answer it with a single word.

Is {{pain|this}} something that {{company|your company}} wants to look at this year, or is it settled for now?

Both answers help me. If it is settled, I stop here. If not, tell me a {{day_part|day}} that suits you and I call, with no slides and no preparation needed on your side.

{{sender_signature}}""",
    ),
    Text(
        "visit",
        "Offer a visit",
        "email",
        "meeting",
        subject="A first look at {{company|your company}}",
        body="""Hi {{first_name|there}},

I would like to come by once and see how you do it today. It takes about as long as a cup of coffee, and afterwards you have my notes in writing: what is in good order, what I would keep an eye on, and what can wait.

There is nothing to prepare. The person who gets the call when something stops is the one I would like to meet.

Which day next week would be least bad for you?

{{sender_signature}}""",
    ),
    Text(
        "close-kindly",
        "Close kindly",
        "email",
        "close",
        body="""Hi {{first_name|there}},

I have not heard from you, and that is an answer too. This is my last mail on it.

Should {{pain|the subject}} come up again at {{company|your company}}, you have my name now, and an answer to this mail reaches me directly even months later. If somebody else is the better person to ask, I would be glad about a name.

I wish you a quiet {{day_part|day}} and few surprises.

{{sender_signature}}""",
    ),
    Text(
        "after-visit",
        "After a meeting",
        "email",
        "follow-up",
        subject="Notes from our meeting",
        body="""Hi {{first_name|there}},

It was good to see how {{company|your company}} works. Before it fades, here are my notes.

What I understood to matter most: {{pain|the point you raised}}. What we said we would do next: I write down what we would do first and what it takes, and you show it to whoever decides with you.

Did I get anything wrong, or leave something out? A line back is enough, and I put it right.

{{sender_signature}}""",
    ),
    Text(
        "old-contact",
        "Somebody from long ago",
        "email",
        "win back",
        subject="Still the same at {{company|your company}}?",
        body="""Hi {{first_name|there}},

You are in my notes from some time ago, and notes grow old. So I ask rather than guess: are you still the person to ask about {{pain|maintenance}} at {{company|your company}}?

If yes, I would like to hear what has changed since. If not, a name would help me, and I take you off my list at once.

{{sender_signature}}""",
    ),
    Text(
        "season",
        "Before the season",
        "email",
        "first touch",
        subject="Before the busy months at {{company|your company}}",
        body="""Hi {{first_name|there}},

Every trade has months in which nothing may stop. In yours you know them better than I do.

{{pain_sentence|What fails in those months has usually announced itself before.}} The weeks before are a good time to look, because there is time to order a part and nobody has to work at night. Shall we fix a date for such a look at {{company|your company}}, or have you done it already?

{{sender_signature}}""",
    ),
    Text(
        "inquiry-confirmation",
        "Confirmation of an enquiry",
        "email",
        "confirmation",
        subject="We have your message",
        body="""Hi {{first_name|there}},

Thank you for writing to {{sender_company}}. Your message has arrived, and a person reads it, not a machine.

We answer within one working day. If something cannot wait, reply to this mail with the word "call" and a number, and we ring you back as soon as somebody is free.

If you did not write to us, ignore this mail. Nothing else will follow.

{{sender_signature}}""",
    ),
)
