"""Forms of the playbook."""

from django import forms

from coaching.models import Play


class PlayForm(forms.Form):
    """One play. `words`: what their message says when it fits, separated by commas."""

    kind = forms.ChoiceField(label="Which objection", choices=Play.Kind.choices)
    name = forms.CharField(
        label="Name", max_length=100, error_messages={"required": "Give it a name."}
    )
    when = forms.CharField(label="When it fits", max_length=200, required=False)
    answer = forms.CharField(
        label="What to say",
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Write what to say."},
    )
    question = forms.CharField(label="What to ask next", max_length=300, required=False)
    words = forms.CharField(
        label="Words in their message",
        max_length=1500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @classmethod
    def of(cls, play: Play | None) -> "PlayForm":
        if play is None:
            return cls()
        values = {name: getattr(play, name) for name in cls.base_fields if name != "words"}
        return cls(initial={**values, "words": ", ".join(str(word) for word in play.words)})
