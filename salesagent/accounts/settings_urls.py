from django.urls import path

from salesagent.accounts.views import workspace

app_name = "settings"
urlpatterns = [
    path("", workspace.home, name="home"),
]
