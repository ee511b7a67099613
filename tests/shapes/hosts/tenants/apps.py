from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tests.shapes.hosts.tenants"
    default_auto_field = "django.db.models.BigAutoField"
