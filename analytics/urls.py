from django.urls import path

from analytics.views import forecast, overview

app_name = "analytics"
urlpatterns = [
    path("analytics/", overview.overview, name="overview"),
    path("analytics/leads/", overview.leads, name="leads"),
    path("analytics/forecast/", forecast.forecast, name="forecast"),
]
