from django.apps import AppConfig


class StudiosConfig(AppConfig):
    name = "tests.shapes.hosts.studios"
    default_auto_field = "django.db.models.BigAutoField"
