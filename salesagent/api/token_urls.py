from django.urls import path

from salesagent.api import token_views

app_name = "tokens"
urlpatterns = [
    path("", token_views.tokens, name="tokens"),
    path("new/", token_views.new, name="new"),
    path("revoke/", token_views.revoke_all, name="revoke_all"),
    path("<int:pk>/", token_views.shown, name="shown"),
    path("<int:pk>/revoke/", token_views.revoke, name="revoke"),
]
