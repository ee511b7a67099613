from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tests.shapes.hosts.people"
    default_auto_field = "django.db.models.BigAutoField"
