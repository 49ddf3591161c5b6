from django.urls import re_path

from salesagent.api.door import api

app_name = "api"
urlpatterns = [
    re_path(r"^api/v1/(?P<rest>.*)$", api, name="v1"),
]
