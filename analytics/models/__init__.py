from analytics.models.facts import LeadFact, LeadPath
from analytics.models.forecast import ForecastSnapshot
from analytics.models.patterns import AlertRule, Finding
from analytics.models.stats import DailyStat, DaySet, StatRun
from analytics.models.steering import Alert, Cost, Report

__all__ = [
    "Alert",
    "AlertRule",
    "Cost",
    "DailyStat",
    "DaySet",
    "Finding",
    "ForecastSnapshot",
    "LeadFact",
    "LeadPath",
    "Report",
    "StatRun",
]
