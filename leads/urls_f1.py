from django.urls import path

from leads.views import suppression

urlpatterns = [
    path("settings/suppression/", suppression.page, name="suppression"),
    path("settings/suppression/look-up/", suppression.look_up, name="suppression_look_up"),
    path("settings/suppression/add/", suppression.add, name="suppression_add"),
    path("settings/suppression/list/", suppression.take_in, name="suppression_import"),
    path("settings/suppression/<int:pk>/lift/", suppression.lift, name="suppression_lift"),
]
