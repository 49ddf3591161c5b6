import importlib.util
from importlib import import_module

app_name = "outreach"
urlpatterns = []
for _p in ("t", "c", "d", "w", "e", "f1", "f2"):
    if importlib.util.find_spec(f"outreach.urls_{_p}"):
        urlpatterns += import_module(f"outreach.urls_{_p}").urlpatterns
from django.http import Http404  # noqa: E402
from django.urls import path  # noqa: E402
def _pending(request, **kw):
    raise Http404
for _name, _route in {"today": "today/", "approvals": "approvals/", "sequences": "sequences/", "mailboxes": "settings/mailboxes/", "templates": "templates/", "enroll_bulk": "sequences/enroll/", "sequence": "sequences/<int:pk>/", "approval": "approvals/<int:pk>/", "today_task": "today/<int:pk>/", "enrollment_resume": "enrollments/<int:pk>/resume/", "enrollment_pause": "enrollments/<int:pk>/pause/", "enrollment_stop": "enrollments/<int:pk>/stop/", "compose": "leads/<int:pk>/compose/", "touch_cancel": "touches/<int:pk>/cancel/", "touch_resolve": "touches/<int:pk>/resolve/", "inbound": "inbound/<int:pk>/", "unsubscribe": "u/<str:token>/"}.items():
    if _name not in {p.name for p in urlpatterns}:
        urlpatterns.append(path(_route, _pending, name=_name))
