from analytics.models.facts import LeadFact, LeadPath
from analytics.models.forecast import ForecastSnapshot
from analytics.models.stats import DailyStat, DaySet, StatRun

__all__ = ["DailyStat", "DaySet", "ForecastSnapshot", "LeadFact", "LeadPath", "StatRun"]
