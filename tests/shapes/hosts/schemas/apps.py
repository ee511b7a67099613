from django.apps import AppConfig


class SchemasConfig(AppConfig):
    name = "tests.shapes.hosts.schemas"
    default_auto_field = "django.db.models.BigAutoField"
