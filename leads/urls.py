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
