from leads.models.company import Company
from leads.models.consent import ConsentRecord, Suppression
from leads.models.deal import Deal
from leads.models.intake import BadRow, ImportBatch, ImportChange, Inquiry
from leads.models.lead import Lead, Pain, SavedView
from leads.models.profile import Correction, Decision, Profile
from leads.models.score import FeatureSnapshot, ScoreModel
from leads.models.thread import ThreadEvent

__all__ = [
    "BadRow",
    "Company",
    "ConsentRecord",
    "Correction",
    "Deal",
    "Decision",
    "FeatureSnapshot",
    "ImportBatch",
    "ImportChange",
    "Inquiry",
    "Lead",
    "Pain",
    "Profile",
    "SavedView",
    "ScoreModel",
    "Suppression",
    "ThreadEvent",
]
