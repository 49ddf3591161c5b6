import importlib.util
from importlib import import_module

app_name = "leads"
urlpatterns = []
for _p in "btcf":
    if importlib.util.find_spec(f"leads.urls_{_p}"):
        urlpatterns += import_module(f"leads.urls_{_p}").urlpatterns
for _p in ("f1", "f2"):
    if importlib.util.find_spec(f"leads.urls_{_p}"):
        urlpatterns += import_module(f"leads.urls_{_p}").urlpatterns
from django.http import Http404  # noqa: E402
from django.urls import path  # noqa: E402
def _pending(request, **kw):
    raise Http404
for _name, _route in {"list": "leads/", "search": "search/", "detail": "leads/<int:pk>/", "suppression": "settings/suppression/", "form_settings": "settings/form/", "score_card": "settings/score/", "new": "leads/new/", "import": "leads/import/", "form": "f/<slug:slug>/"}.items():
    if _name not in {p.name for p in urlpatterns}:
        urlpatterns.append(path(_route, _pending, name=_name))
