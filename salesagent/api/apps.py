from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "salesagent.api"
    label = "api"
