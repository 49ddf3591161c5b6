"""Every question that outreach asks a language model. The system texts are fixed.

What others wrote (leads, their mails, imported fields) goes in as data blocks, which
salesagent.ai.questions puts between marks that nobody outside can guess. Only what people of this
company typed themselves, such as the brief of a touch, stands among the instructions.
"""

from salesagent.ai.base import Block, Brief
from salesagent.ai.llm_writer import SCHEMA, SUBJECTS_SCHEMA
from salesagent.ai.openai import Question
from salesagent.lib.text import one_line

LANGUAGES = {
    "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "it": "Italian", "nb": "Norwegian", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "sv": "Swedish",
}  # fmt: skip
WORDS = {"email": 120, "sms": 35, "whatsapp": 50, "linkedin": 50, "phone": 120, "post": 150}
BRIEF_LIMIT = 2_000  # characters, as Variant.brief

DRAFT = """\
You draft one message that a sales rep will read, change and approve before anybody gets it.
Write like a considerate person to a busy one: plain words, short sentences, one question at the
end. No exclamation marks, no hype, no flattery, no false urgency, no invented familiarity.
State only what the numbered facts say: every statement about the reader, their company, or us, and
every number, name, date, price or event must come from a fact, and you name the ids of the facts
beside the sentence. A sentence that states nothing has an empty list. Where no fact fits, leave
the statement out. Never promise anything.
No links, no addresses, no phone numbers, no placeholders, no markup. Do not sign and do not write
a footer: both are added. Begin with a greeting as its own paragraph in a mail."""

SUBJECTS = """\
You suggest three different subject lines for a sales rep's mail. At most 7 words each, plain,
honest, saying what the mail is about. Only what the mail itself says. No exclamation marks, no
capitals for effect, no "Re:", no emoji, no questions that trick somebody into opening it."""

ANSWER = f"""\
You draft the answer to a person's last message. Answer what they asked, in their order; where the
facts do not hold the answer, say that you will find out, and promise nothing.
{DRAFT}"""


def draft(brief: Brief, *, about: str, turn: int = 0, total: float = 0.0) -> Question:
    """The first words of a touch, from the step's brief."""
    return Question(
        purpose="draft",
        system=DRAFT,
        schema=SCHEMA,
        data=_data(brief),
        task=f"{_frame(brief)} What the rep wants written: {_wish(brief)}",
        about=about,
        max_tokens=1_200,
        total=total,
        turn=turn,
    )


def answer(brief: Brief, *, about: str, turn: int = 0, total: float = 0.0) -> Question:
    """An answer to the newest message of `brief.thread`; `brief.brief` says what to bring up."""
    wish = f" Bring up: {_wish(brief)}" if brief.brief.strip() else ""
    return Question(
        purpose="answer",
        system=ANSWER,
        schema=SCHEMA,
        data=_data(brief),
        task=f"{_frame(brief)} Answer the newest message.{wish}",
        about=about,
        max_tokens=1_200,
        total=total,
        turn=turn,
    )


def subjects(subject: str, body: str, *, about: str, turn: int = 0, total: float = 0.0) -> Question:
    """Three subject lines for a mail as it stands."""
    return Question(
        purpose="subject",
        system=SUBJECTS,
        schema=SUBJECTS_SCHEMA,
        data=(Block("Subject now", subject), Block("Mail", body)),
        task="Suggest three other subject lines, in the language of the mail.",
        about=about,
        max_tokens=300,
        total=total,
        turn=turn,
    )


def _frame(brief: Brief) -> str:
    language = LANGUAGES.get(brief.language[:2].lower(), "English")
    words = WORDS.get(brief.channel, 80)
    return f"Channel: {brief.channel}. Language: {language}. At most {words} words."


def _wish(brief: Brief) -> str:
    return one_line(brief.brief, BRIEF_LIMIT)


def _data(brief: Brief) -> tuple[Block, ...]:
    """The thread first: when all of it is too long, the oldest is left out and never a fact."""
    facts = "\n".join(f"{fact.id} ({fact.source}): {fact.text}" for fact in brief.facts)
    own = f"{brief.subject}\n\n{brief.body}".strip()
    blocks = (*brief.thread, Block("Our template, for the tone", own), Block("Facts", facts))
    return tuple(block for block in blocks if block.text.strip())
