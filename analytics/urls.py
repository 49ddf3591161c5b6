from django.urls import path

from analytics.views import (
    cadence,
    channels,
    costs,
    email,
    evidence,
    forecast,
    overview,
    patterns,
    reports,
    team,
)

app_name = "analytics"
urlpatterns = [
    path("analytics/", overview.overview, name="overview"),
    path("analytics/leads/", evidence.leads, name="leads"),
    path("analytics/cadence/", cadence.cadence, name="cadence"),
    path("analytics/channels/", channels.channels, name="channels"),
    path("analytics/email/", email.email, name="email"),
    path("analytics/forecast/", forecast.forecast, name="forecast"),
    path("analytics/team/", team.team, name="team"),
    path("analytics/team/minutes/", team.minutes, name="hand_minutes"),
    path("analytics/alerts/", patterns.alert_list, name="alerts"),
    path("analytics/alerts/<int:pk>/mute/", patterns.mute, name="alert_mute"),
    path("analytics/patterns/", patterns.patterns, name="patterns"),
    path("analytics/patterns/stalled/", patterns.stalled, name="stalled"),
    path("analytics/patterns/segment/", patterns.segment, name="segment"),
    path("settings/alerts/", patterns.rules, name="alert_rules"),
    path("analytics/reports/", reports.listing, name="reports"),
    path("analytics/reports/make/", reports.make, name="report_make"),
    path("analytics/reports/mail/", reports.weekly_mail, name="weekly_mail"),
    path("analytics/reports/<int:pk>/", reports.download, name="report"),
    path("analytics/reports/<int:pk>/remove/", reports.remove, name="report_remove"),
    path("settings/costs/", costs.page, name="costs"),
    path("settings/costs/save/", costs.save, name="cost_save"),
    path("settings/costs/currency/", costs.currency, name="cost_currency"),
    path("settings/costs/<int:pk>/remove/", costs.forget, name="cost_forget"),
]
