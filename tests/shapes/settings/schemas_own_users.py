"""A schema for each tenant (django-tenants), with the tenant's users in it; ours is shared."""

from tests.shapes.settings.base import *

SHARED_APPS = [
    "django_tenants",
    "tests.shapes.hosts.schemas",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "django.contrib.messages",
    "rest_framework",
    "stackone_connect",
]
TENANT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.admin",
    "tests.shapes.hosts.notes",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
AUTH_USER_MODEL = "auth.User"
TENANT_MODEL = "schemas.Client"
TENANT_DOMAIN_MODEL = "schemas.Domain"
DATABASES = {"default": database(ENGINE="django_tenants.postgresql_backend")}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", *MIDDLEWARE]
ALLOWED_HOSTS = ["testserver", ".tenants.test"]
PUBLIC_SCHEMA_URLCONF = "tests.shapes.public_urls"
STACKONE_CONNECT = {
    **CONNECT,
    "ORGANIZATION_MODEL": "schemas.Client",
    "ORGANIZATION_RESOLVER": "tests.shapes.hosts.schemas.resolvers.of_domain",
    "ON_ORGANIZATION_DELETE": "disconnect",
}
