from django.urls import path

from outreach.views import inbound, mailboxes

urlpatterns = [
    path("settings/mailboxes/", mailboxes.mailboxes, name="mailboxes"),
    path("settings/mailboxes/new/", mailboxes.mailbox_new, name="mailbox_new"),
    path("settings/mailboxes/<int:pk>/", mailboxes.mailbox, name="mailbox"),
    path("settings/mailboxes/<int:pk>/check/", mailboxes.check, name="mailbox_check"),
    path("settings/mailboxes/<int:pk>/test/", mailboxes.send_test, name="mailbox_test"),
    path("settings/mailboxes/<int:pk>/pause/", mailboxes.pause, name="mailbox_pause"),
    path("settings/mailboxes/<int:pk>/resume/", mailboxes.resume, name="mailbox_resume"),
    path("settings/mailboxes/<int:pk>/off/", mailboxes.switch_off, name="mailbox_off"),
    path("inbound/", inbound.inbound_list, name="inbound_list"),
    path("inbound/<int:pk>/", inbound.inbound, name="inbound"),
    path("inbound/<int:pk>/assign/", inbound.assign, name="inbound_assign"),
    path("inbound/<int:pk>/new/", inbound.new_lead, name="inbound_new_lead"),
    path("inbound/<int:pk>/ignore/", inbound.ignore, name="inbound_ignore"),
    path("replies/<int:pk>/correct/", inbound.reply_correct, name="reply_correct"),
]
