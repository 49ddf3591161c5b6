from django.urls import path

from outreach.views import confirmation

urlpatterns = [
    path("settings/form/confirmation/", confirmation.page, name="confirmation"),
]
