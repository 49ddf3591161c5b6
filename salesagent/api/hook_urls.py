from django.urls import path

from salesagent.api import hook_views

app_name = "hooks"
urlpatterns = [
    path("", hook_views.hooks, name="hooks"),
    path("new/", hook_views.new, name="new"),
    path("<int:pk>/", hook_views.hook, name="hook"),
    path("<int:pk>/test/", hook_views.test, name="test"),
    path("<int:pk>/switch/", hook_views.switch, name="switch"),
    path("<int:pk>/secret/once/", hook_views.secret, name="secret"),
    path("<int:pk>/secret/", hook_views.rotate, name="rotate"),
    path("<int:pk>/secret/use/", hook_views.finish, name="finish"),
    path("<int:pk>/remove/", hook_views.remove, name="remove"),
    path("<int:pk>/failed/", hook_views.replay_failed, name="replay_failed"),
    path("deliveries/<int:pk>/again/", hook_views.replay, name="replay"),
]
