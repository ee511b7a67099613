from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "tests.shapes.hosts.places"
    default_auto_field = "django.db.models.BigAutoField"
