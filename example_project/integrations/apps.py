from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "example_project.integrations"
