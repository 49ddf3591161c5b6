"""The writer that needs nobody: it fills the frame the user wrote, word for word."""

from salesagent.ai.base import Brief, Draft
from salesagent.ai.frames import fill
from salesagent.lib.text import one_line

SUBJECT_LIMIT = 200  # characters


class TemplateWriter:
    """Same brief, same draft; no network, no model."""

    name = "template"

    def draft(self, brief: Brief) -> Draft:
        """Never raises. A field without value or fallback stays visible and is listed."""
        subject = fill(brief.subject, brief.fields, {}, brief.fallbacks, brief.seed)
        body = fill(brief.body, brief.fields, brief.snippets, brief.fallbacks, brief.seed)
        return Draft(
            subject=one_line(subject.text, SUBJECT_LIMIT),
            body=body.text.strip(),
            writer=self.name,
            missing=list(dict.fromkeys([*subject.missing, *body.missing])),
        )
