"""What things take by hand, as the owner says."""

from django import forms

from outreach.forms import StyledForm

MINUTES = forms.NumberInput(attrs={"step": "0.5", "min": "0", "inputmode": "decimal"})


def _minutes(label: str) -> forms.FloatField:
    return forms.FloatField(label=label, min_value=0, max_value=120, widget=MINUTES)


class HandForm(StyledForm):
    """Minutes. Of a draft: to write it with a look at the lead, not to check it."""

    draft = _minutes("Write one mail by hand")
    pause = _minutes("Notice an answer and stop the rest")
    reply = _minutes("Read a reply and file it")
