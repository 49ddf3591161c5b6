from django.urls import path

from coaching.views import live, own, playbook

app_name = "coaching"
urlpatterns = [
    path("coaching/", own.home, name="home"),
    path("coaching/shared/", own.shared, name="shared"),
    path("coaching/feedback/<int:pk>/", own.detail, name="feedback"),
    path("coaching/feedback/<int:pk>/mark/", own.mark, name="mark"),
    path("coaching/feedback/<int:pk>/share/", own.share, name="share"),
    path("coaching/playbook/", playbook.index, name="playbook"),
    path("coaching/playbook/new/", playbook.new, name="play_new"),
    path("coaching/playbook/<int:pk>/", playbook.detail, name="play"),
    path("coaching/playbook/<int:pk>/edit/", playbook.edit, name="play_edit"),
    path("coaching/hints/<int:pk>/", live.hints, name="hints"),
    path("coaching/hints/<int:pk>/wrong/", live.wrong, name="hint_wrong"),
    path("coaching/use/<int:pk>/<int:play_pk>/", live.use, name="use"),
]
