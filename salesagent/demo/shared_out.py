"""Two rules for new leads, what people know, and one who has a little too much to do."""

from django.utils import timezone

from leads.services import assignment_rules
from leads.services.assignment_fit import SAME_LANGUAGE
from outreach.services import workload
from salesagent.accounts.models import User

SKILLS = {"rep": ["Danish", "German", "cold rooms"], "mate": ["English", "German", "bakery"]}


def write(users: dict[str, User]) -> None:
    for role, skills in SKILLS.items():
        User.objects.filter(pk=users[role].pk).update(skills=skills)
    _rules(users)


def _rules(users: dict[str, User]) -> None:
    both = [users["rep"], users["mate"]]
    fair = {"fits": {"countries": ["dk"], "sources": ["fair", "list"]}, "skills": [], "how": "turn"}
    german = {"fits": {"languages": ["de"]}, "skills": [SAME_LANGUAGE], "how": "room"}
    assignment_rules.save(None, {"name": "Danish fairs", **fair}, both, users["owner"])
    assignment_rules.save(None, {"name": "German speakers", **german}, [], users["owner"])


def a_little_over(rep: User) -> None:
    """So many tasks a day that the week holds a few more than fit."""
    load = workload.loads([rep], timezone.now())[rep.pk]
    fits = max(1, (load.week - 1) // max(load.work_days, 1))
    User.objects.filter(pk=rep.pk).update(daily_capacity=fits)
