from django.urls import path

from salesagent.demo import views

app_name = "demo"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/<int:mailbox_pk>/<str:name>/", views.mail, name="mail"),
    path("inbox/<int:mailbox_pk>/<str:name>/answer/", views.answer, name="answer"),
]
