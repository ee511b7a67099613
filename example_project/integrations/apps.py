from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "example_project.integrations"

    def ready(self) -> None:
        from example_project.integrations import receivers  # noqa: F401 - they register themselves
