from django.urls import path

from analytics.views import forecast

app_name = "analytics"
urlpatterns = [
    path("analytics/forecast/", forecast.forecast, name="forecast"),
]
