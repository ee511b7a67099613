from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "tests.shapes.hosts.crm"
    default_auto_field = "django.db.models.BigAutoField"
