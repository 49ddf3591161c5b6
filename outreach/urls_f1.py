from django.urls import path

from outreach.views import unsubscribe

urlpatterns = [
    path("u/", unsubscribe.by_address, name="unsubscribe_by_address"),
    path("u/<str:token>/", unsubscribe.page, name="unsubscribe"),
]
