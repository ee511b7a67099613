from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tests.shapes.hosts.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
