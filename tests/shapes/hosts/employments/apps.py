from django.apps import AppConfig


class EmploymentsConfig(AppConfig):
    name = "tests.shapes.hosts.employments"
    default_auto_field = "django.db.models.BigAutoField"
