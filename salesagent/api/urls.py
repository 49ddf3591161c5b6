from django.urls import path, re_path

from salesagent.api.docs_view import docs
from salesagent.api.door import api

app_name = "api"
urlpatterns = [
    path("api/v1/docs", docs, name="docs"),
    re_path(r"^api/v1/(?P<rest>.*)$", api, name="v1"),
]
