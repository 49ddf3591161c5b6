from django.http import Http404
from django.urls import path

app_name = "demo"


def _pending(request, **kw):
    raise Http404


urlpatterns = [path("inbox/", _pending, name="inbox")]
