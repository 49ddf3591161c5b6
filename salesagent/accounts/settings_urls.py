from django.urls import path

from salesagent.accounts.views import ai, backups, connections, people, workspace

app_name = "settings"
urlpatterns = [
    path("", workspace.home, name="home"),
    path("connections/", connections.connections, name="connections"),
    path("connections/check/", connections.check_all, name="check_connections"),
    path("ai/", ai.page, name="ai"),
    path("ai/test/", ai.test, name="ai_test"),
    path("ai/off/", ai.switch_off, name="ai_off"),
    path("ai/calls/<int:pk>/", ai.call, name="ai_call"),
    path("backups/", backups.page, name="backups"),
    path("backups/options/", backups.change, name="backups_options"),
    path("backups/key/", backups.new_key, name="backups_key"),
    path("backups/key/file/", backups.key_file, name="backups_key_file"),
    path("backups/key/kept/", backups.key_kept, name="backups_key_kept"),
    path("backups/start/", backups.start, name="backups_start"),
    path("backups/start-again/", backups.start_again, name="backups_start_again"),
    path("backups/<int:pk>/file/", backups.download, name="backup_file"),
    path("backups/<int:pk>/send/", backups.send, name="backup_send"),
    path("backups/<int:pk>/fetch/", backups.fetch, name="backup_fetch"),
    path("backups/drive/", backups.connect, name="backups_drive"),
    path("backups/drive/go/", backups.go, name="backups_go"),
    path("backups/drive/back/", backups.callback, name="backups_back"),
    path("backups/drive/off/", backups.disconnect, name="backups_off"),
    path("backups/drive/check/", backups.check, name="backups_check"),
    path("backups/drive/look/", backups.look, name="backups_look"),
    path("sending/", workspace.sending, name="sending"),
    path("log/", workspace.log, name="log"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/active/", people.deactivate, name="deactivate"),
    path("invitations/<int:pk>/revoke/", people.revoke, name="invitation_revoke"),
    path("teams/new/", people.team_new, name="team_new"),
    path("teams/<int:pk>/", people.team, name="team"),
]
