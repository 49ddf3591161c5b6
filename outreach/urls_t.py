from django.urls import path

from outreach.views import compose

urlpatterns = [
    path("leads/<int:pk>/compose/", compose.compose, name="compose"),
    path("leads/<int:pk>/sequence/", compose.move, name="move"),
    path("replies/<int:pk>/class/", compose.reply_correct, name="reply_correct"),
    path("touches/<int:pk>/cancel/", compose.touch_cancel, name="touch_cancel"),
    path("attachments/<int:pk>/", compose.attachment, name="attachment"),
]
