from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tests.shapes.hosts.tokens"
