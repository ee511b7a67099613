from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "tests.shapes.hosts.workspaces"
    default_auto_field = "django.db.models.BigAutoField"
