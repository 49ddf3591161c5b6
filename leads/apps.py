from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        from leads import append_only, checks, search  # noqa: F401

        import_module("leads.services.stop_file")  # hears of each row
        autodiscover_modules("event_kinds")
        autodiscover_modules("privacy")
        autodiscover_modules("merges")
        post_migrate.connect(append_only.install, sender=self)
        post_migrate.connect(search.install, sender=self)
