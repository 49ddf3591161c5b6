from django.contrib.auth.views import LogoutView
from django.urls import path

from salesagent.accounts.views import login, profile

app_name = "accounts"
urlpatterns = [
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("register/<str:token>/", login.register, name="register"),
    path("password/reset/", login.PasswordReset.as_view(), name="password_reset"),
    path("password/reset/sent/", login.PasswordResetSent.as_view(), name="password_reset_sent"),
    path(
        "password/reset/<uidb64>/<token>/",
        login.PasswordResetConfirm.as_view(),
        name="password_reset_confirm",
    ),
    path("password/", login.PasswordChange.as_view(), name="password_change"),
    path("profile/", profile.profile, name="profile"),
]
