from django.conf import settings
from django.db import models


class AssignmentRule(models.Model):
    """Who gets a new lead; the first rule that fits decides. Written only by services.assignment.

    `fits` holds lists that all have to match, lower case: countries, cities, trades, sources,
    languages; an empty one matches everybody. `skills` are those a person needs.
    """

    class How(models.TextChoices):
        TURN = "turn", "In turn"
        ROOM = "room", "Who has the most room"

    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=1)
    fits = models.JSONField(default=dict)
    skills = models.JSONField(default=list)
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", help_text="None: all reps"
    )
    how = models.CharField(max_length=5, choices=How.choices, default=How.ROOM)
    active = models.BooleanField(default=True)
    last_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    used = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name
