import importlib.util
from importlib import import_module

app_name = "outreach"
urlpatterns = []
for _p in ("t", "c", "d", "w", "e", "f1", "f2"):
    if importlib.util.find_spec(f"outreach.urls_{_p}"):
        urlpatterns += import_module(f"outreach.urls_{_p}").urlpatterns
