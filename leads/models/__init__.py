from leads.models.assignment import AssignmentRule
from leads.models.company import Company
from leads.models.consent import ConsentRecord, Suppression
from leads.models.crm import RemoteLink, SyncChange, SyncConflict, SyncRun
from leads.models.deal import Deal
from leads.models.duplicate import DuplicatePair, Merge
from leads.models.facts import Fact, Lookup
from leads.models.intake import BadRow, ImportBatch, ImportChange, Inquiry
from leads.models.lead import Lead, Pain, SavedView
from leads.models.profile import Correction, Decision, Profile
from leads.models.score import FeatureSnapshot, ScoreModel
from leads.models.sheet import Sheet, SheetRow
from leads.models.thread import ThreadEvent

__all__ = [
    "AssignmentRule",
    "BadRow",
    "Company",
    "ConsentRecord",
    "Correction",
    "Deal",
    "Decision",
    "DuplicatePair",
    "Fact",
    "FeatureSnapshot",
    "ImportBatch",
    "ImportChange",
    "Inquiry",
    "Lead",
    "Lookup",
    "Merge",
    "Pain",
    "Profile",
    "RemoteLink",
    "SavedView",
    "ScoreModel",
    "Sheet",
    "SheetRow",
    "Suppression",
    "SyncChange",
    "SyncConflict",
    "SyncRun",
    "ThreadEvent",
]
