"""Settings of the example project, from the environment (django-environ).

``DJANGO_DEBUG``, ``DJANGO_SECRET_KEY``, ``DJANGO_ALLOWED_HOSTS``, ``DATABASE_URL``, ``CACHE_URL``,
``STACKONE_API_KEY``, ``STACKONE_BASE_URL``, ``STACKONE_WEBHOOK_SECRETS``; ``PORT`` is the
port of this server, ``DJANGO_BEHIND_PROXY`` says that a proxy in front of it terminates TLS.

With ``DJANGO_DEBUG`` and without ``STACKONE_API_KEY`` the sandbox takes StackOne's place: it is
served under ``/sandbox/`` and sends its webhooks here.
"""

from __future__ import annotations

from pathlib import Path

import environ

from example_project.development import derived_secret, development_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()

DEBUG = env.bool("DJANGO_DEBUG", default=False)
SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="") or development_secret_key(VAR_DIR, DEBUG)
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=[])
PORT = env.int("PORT", default=8000)

# --- StackOne --------------------------------------------------------------------------------

STACKONE_API_KEY = env.str("STACKONE_API_KEY", default="")
USE_SANDBOX = DEBUG and not STACKONE_API_KEY
SANDBOX_KEY = "sandbox-key"
WEBHOOK_SECRETS = env.list("STACKONE_WEBHOOK_SECRETS", default=[])
if USE_SANDBOX and not WEBHOOK_SECRETS:
    WEBHOOK_SECRETS = [derived_secret(SECRET_KEY, "webhooks")]

STACKONE_CONNECT = {
    "ORGANIZATION_MODEL": "accounts.Organization",
    "API_KEY": SANDBOX_KEY if USE_SANDBOX else STACKONE_API_KEY,
    "BASE_URL": env.str(
        "STACKONE_BASE_URL",
        default=f"http://127.0.0.1:{PORT}/sandbox" if USE_SANDBOX else "https://api.stackone.com",
    ),
    "WEBHOOK_SECRETS": WEBHOOK_SECRETS,
    # A laptop with a real key makes test accounts; only a deployed server makes production ones.
    "ACCOUNT_TYPE": "test" if DEBUG and not USE_SANDBOX else "production",
    "ALLOW_MULTIPLE": True,
    "PAGES_BASE_TEMPLATE": "base.html",
    # The page offers StackOne's hosted page where the hub's script is not installed.
    "EXPOSE_AUTH_LINK": True,
    # Set explicitly: every member of an organization may read, connect and disconnect.
    "PERMISSION_CLASSES": {
        "read": ["rest_framework.permissions.IsAuthenticated"],
        "connect": ["rest_framework.permissions.IsAuthenticated"],
        "disconnect": ["rest_framework.permissions.IsAuthenticated"],
    },
}
STACKONE_SANDBOX = {
    "API_KEYS": [SANDBOX_KEY],
    "WEBHOOKS": [
        {
            "URL": f"http://127.0.0.1:{PORT}/api/stackone/webhooks/",
            # As at StackOne: one secret signs, a second one may be prepared for rotation.
            "SECRETS": WEBHOOK_SECRETS[:2],
        }
    ],
}

# --- Django ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "example_project.accounts",
    "example_project.integrations",
    "stackone_connect",
    *(["stackone_connect.sandbox"] if USE_SANDBOX else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "example_project.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "example_project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"
ASGI_APPLICATION = "example_project.asgi.application"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
# What the browser asks for, of these: the languages that the package is translated to.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "example_project" / "locale"]

# --- Database and cache ----------------------------------------------------------------------

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'example.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL: readers and a writer do not block each other. IMMEDIATE: a writer locks before it reads.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    VAR_DIR.mkdir(exist_ok=True)
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    # One that hangs must not keep a request waiting.
    limits = {"socket_timeout": 1, "socket_connect_timeout": 1}
    CACHES["default"]["OPTIONS"] = limits | CACHES["default"].get("OPTIONS", {})

# --- Authentication --------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "stackone_pages:integrations"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}

# --- Static files ----------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "example_project" / "static"]
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Security --------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
# The header is trustworthy only where a proxy overwrites what the browser sent.
BEHIND_PROXY = env.bool("DJANGO_BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- E-mail, printed in development ------------------------------------------------------------

EMAIL_BACKEND = f"django.core.mail.backends.{'console' if DEBUG else 'smtp'}.EmailBackend"

# --- Logging ---------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_query": {"()": "example_project.development.WithoutQueryStrings"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["no_query"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "stackone_connect": {"level": "INFO"},
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
