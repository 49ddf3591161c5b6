"""Templates, snippets and pains: the ready-made ones and what people make of them."""

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from outreach import content
from outreach.models import PainPoint, Sequence, Snippet, Step, Template, Variant
from outreach.services import reach
from salesagent.accounts.models import User
from salesagent.lib.text import clean, one_line


class ContentError(Exception):
    """Why nothing was stored, in plain words."""


@transaction.atomic
def install_builtin() -> int:
    """Put the ready-made content in place; returns how many templates are new. Idempotent.

    Ready-made templates follow the program. Snippets and pains belong to the workspace once they
    are there: they come with the first template and are never overwritten.
    """
    first = not Template.objects.filter(builtin=True).exists()
    new = sum(_install(text) for text in content.TEXTS)
    if first:
        _install_words()
    return new


def ensure_builtin() -> None:
    """Install on the first visit of a workspace that was never set up; one query otherwise."""
    if not Template.objects.filter(builtin=True).exists():
        install_builtin()


def _install(text: content.Text) -> bool:
    values = {
        "name": text.name,
        "channel": text.channel,
        "purpose": text.purpose,
        "subject": text.subject,
        "body": text.body,
        "builtin": True,
    }
    return Template.objects.update_or_create(code=text.code, defaults=values)[1]


def _install_words() -> None:
    known = set(Snippet.objects.values_list("code", flat=True))
    Snippet.objects.bulk_create(
        Snippet(code=code, text=text)
        for code, text in content.SNIPPETS.items()
        if code not in known
    )
    pains = set(PainPoint.objects.values_list("trade", "name"))
    PainPoint.objects.bulk_create(
        PainPoint(trade=pain.trade, name=pain.name, sentence=pain.sentence)
        for pain in content.PAINS
        if (pain.trade, pain.name) not in pains
    )


def plan(code: str) -> content.Plan | None:
    return next((plan for plan in content.SEQUENCES if plan.code == code), None)


@transaction.atomic
def copy_sequence(code: str, user: User) -> Sequence:
    """A ready-made sequence as the user's own draft. Raises ContentError for an unknown code."""
    found = plan(code)
    if found is None:
        raise ContentError("This ready-made sequence does not exist.")
    texts = {text.code: text for text in content.TEXTS}
    sequence = Sequence.objects.create(
        name=_free_name(found.name),
        description=found.description,
        owner=user,
        team=user.team,
        adaptive=True,
    )
    for position, touch in enumerate(found.touches, start=1):
        text = texts[touch.text]
        step = Step.objects.create(
            sequence=sequence,
            position=position,
            name=touch.name,
            channel=text.channel,
            delay_days=touch.wait,
            fallback_channel=touch.fallback,
        )
        Variant.objects.create(step=step, label="A", subject=text.subject, body=text.body)
    return sequence


def _free_name(name: str) -> str:
    taken = set(Sequence.objects.filter(name__startswith=name).values_list("name", flat=True))
    names = (name, *(f"{name} {number}" for number in range(2, 1000)))
    return next((free for free in names if free not in taken), name)


def may_edit(template: Template, user: User) -> bool:
    """Ready-made ones are copied; own ones by who wrote them, a manager or the owner."""
    return not template.builtin and (user.is_manager or template.owner_id == user.pk)


@transaction.atomic
def save_template(
    template: Template | None, *, user: User, name: str, channel: str, subject: str, body: str
) -> Template:
    """Create or change a template. Raises ContentError."""
    if template and not may_edit(template, user):
        raise ContentError("Copy it first: this one is not yours to change.")
    if template and template.content_sid:
        raise ContentError("WhatsApp has approved these words. Change them in Twilio.")
    if channel not in reach.codes():
        raise ContentError("Choose a channel.")
    name, body = one_line(name, 100), clean(body.replace("\r\n", "\n")).strip()[:8000]
    if not name or not body:
        raise ContentError("A template needs a name and a text.")
    template = template or Template(code=_free_code(name), owner=user)
    template.name, template.channel = name, channel
    template.subject = one_line(subject, 200) if reach.has_subject(channel) else ""
    template.body = body
    template.save()
    return template


def _free_code(name: str) -> str:
    base = slugify(name)[:50] or "template"
    taken = set(Template.objects.filter(code__startswith=base).values_list("code", flat=True))
    codes = (base, *(f"{base}-{number}" for number in range(2, 10_000)))
    return next(code for code in codes if code not in taken)


def copy_template(template: Template, user: User) -> Template:
    return Template.objects.create(
        code=_free_code(template.name),
        name=one_line(f"{template.name} (copy)", 100),
        channel=template.channel,
        purpose=template.purpose,
        subject=template.subject,
        body=template.body,
        owner=user,
    )


def archive_template(template: Template, user: User) -> None:
    """Take it out of the library, or back in; sequences keep their words. Raises ContentError."""
    if not may_edit(template, user):
        raise ContentError("Only who wrote it, or a manager, can put it away.")
    template.archived_at = None if template.archived_at else timezone.now()
    template.save(update_fields=["archived_at"])
