from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "tests.shapes.hosts.teams"
    default_auto_field = "django.db.models.BigAutoField"
