from django.contrib.auth.views import LogoutView
from django.urls import path

from salesagent.accounts.views import login, profile

app_name = "accounts"
urlpatterns = [
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("profile/", profile.profile, name="profile"),
]
