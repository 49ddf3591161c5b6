from django.urls import path

from coaching.views import advice, board, live, own, playbook, team

app_name = "coaching"
urlpatterns = [
    path("coaching/", team.home, name="home"),
    path("coaching/<int:pk>/", team.rep, name="rep"),
    path("coaching/<int:pk>/advice/", advice.draft, name="advice_draft"),
    path("coaching/advice/<int:pk>/", advice.page, name="advice"),
    path("coaching/advice/<int:pk>/write/", advice.write, name="advice_write"),
    path("coaching/advice/<int:pk>/answer/", advice.answer, name="advice_answer"),
    path("coaching/habits/", own.show_habits, name="habits"),
    path("coaching/leaderboard/", board.leaderboard, name="leaderboard"),
    path("settings/coaching/", board.settings, name="settings"),
    path("coaching/shared/", own.shared, name="shared"),
    path("coaching/feedback/<int:pk>/", own.detail, name="feedback"),
    path("coaching/feedback/<int:pk>/mark/", own.mark, name="mark"),
    path("coaching/feedback/<int:pk>/share/", own.share, name="share"),
    path("coaching/playbook/", playbook.index, name="playbook"),
    path("coaching/playbook/new/", playbook.new, name="play_new"),
    path("coaching/playbook/lines/<int:pk>/", playbook.line, name="line"),
    path("coaching/playbook/<int:pk>/", playbook.detail, name="play"),
    path("coaching/playbook/<int:pk>/edit/", playbook.edit, name="play_edit"),
    path("coaching/hints/<int:pk>/", live.hints, name="hints"),
    path("coaching/hints/<int:pk>/wrong/", live.wrong, name="hint_wrong"),
    path("coaching/use/<int:pk>/<int:play_pk>/", live.use, name="use"),
]
