from django.conf import settings
from django.urls import include, path

from salesagent import health
from salesagent.accounts.views.profile import start

urlpatterns = [
    path("", start, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("salesagent.accounts.urls")),
    path("settings/", include("salesagent.accounts.settings_urls")),
    path("settings/api/", include("salesagent.api.token_urls")),
    path("settings/webhooks/", include("salesagent.api.hook_urls")),
    path("notices/", include("salesagent.accounts.notice_urls")),
    path("jobs/", include("salesagent.lib.urls")),
    path("", include("salesagent.api.urls")),
    path("", include("outreach.urls")),
    path("", include("leads.urls")),
    path("", include("coaching.urls")),
    path("", include("analytics.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("salesagent.demo.urls")))

if settings.BENCH:
    urlpatterns.append(path("bench/", include("bench.urls")))
