from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "salesagent.lib"
    label = "lib"
    verbose_name = "Long work"
