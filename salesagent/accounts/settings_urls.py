from django.urls import path

from salesagent.accounts.views import ai, connections, people, workspace

app_name = "settings"
urlpatterns = [
    path("", workspace.home, name="home"),
    path("connections/", connections.connections, name="connections"),
    path("connections/check/", connections.check_all, name="check_connections"),
    path("ai/", ai.page, name="ai"),
    path("ai/test/", ai.test, name="ai_test"),
    path("ai/off/", ai.switch_off, name="ai_off"),
    path("ai/calls/<int:pk>/", ai.call, name="ai_call"),
    path("sending/", workspace.sending, name="sending"),
    path("log/", workspace.log, name="log"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/active/", people.deactivate, name="deactivate"),
    path("invitations/<int:pk>/revoke/", people.revoke, name="invitation_revoke"),
    path("teams/new/", people.team_new, name="team_new"),
    path("teams/<int:pk>/", people.team, name="team"),
]
