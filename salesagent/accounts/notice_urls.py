from django.urls import path

from salesagent.accounts.views import notices

app_name = "notices"
urlpatterns = [
    path("", notices.listing, name="list"),
    path("live/", notices.live, name="live"),
    path("read/", notices.read_all, name="read_all"),
    path("<int:pk>/", notices.follow, name="open"),
    path("<int:pk>/read/", notices.read, name="read"),
    path("<int:pk>/unread/", notices.unread, name="unread"),
]
