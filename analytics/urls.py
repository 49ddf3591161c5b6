from django.urls import path

from analytics.views import evidence, forecast, overview, reports

app_name = "analytics"
urlpatterns = [
    path("analytics/", overview.overview, name="overview"),
    path("analytics/leads/", evidence.leads, name="leads"),
    path("analytics/forecast/", forecast.forecast, name="forecast"),
    path("analytics/reports/", reports.listing, name="reports"),
    path("analytics/reports/make/", reports.make, name="report_make"),
    path("analytics/reports/<int:pk>/", reports.download, name="report"),
    path("analytics/reports/<int:pk>/remove/", reports.remove, name="report_remove"),
]
