"""Every setting, in sections. Each value comes from the environment, is typed, and a missing one stops the start.

`.env.example` lists the variables with what they mean; a test compares that list with this file.
"""

import zoneinfo
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

# Time zones come from the pinned tzdata wheel, never from the system: copies of different age disagree by an hour.
zoneinfo.reset_tzpath(to=[])

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def required(name: str, remedy: str) -> str:
    """Return the variable `name`, or stop the start with `remedy`, a sentence that says what to do."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    return value


# --- Core -----------------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = required(
    "SECRET_KEY", "Use 50 random characters, e.g. from `python -c 'import secrets; print(secrets.token_urlsafe(50))'`."
)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
ROOT_URLCONF = "bmscal.urls"
WSGI_APPLICATION = "bmscal.wsgi.application"
SILENCED_SYSTEM_CHECKS: list[str] = []

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "rest_framework",
    "calendarsync",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Closed by default: a view that strangers may see says so with @login_not_required.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "calendarsync.middleware.UserTimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "calendarsync.context_processors.chrome",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------------------------------
required("DATABASE_URL", "Example: postgresql://user:password@127.0.0.1:5432/bmscal.")
DATABASES = {
    "default": {
        **env.db("DATABASE_URL"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # A claim waits for nobody for long: a stuck transaction shows as an error instead of a silent stop.
        "OPTIONS": {"options": "-c lock_timeout=30s -c statement_timeout=60s"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = required("REDIS_URL", "Example: redis://:password@127.0.0.1:6379/0.")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "bmscal"}
}
# Tokens of the linked accounts are encrypted with the first key; the others still open what older keys closed.
FIELD_KEYS: list[str] = [
    key.strip()
    for key in required(
        "FIELD_KEYS",
        "Make one with `python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'`.",
    ).split(",")
]

# --- People ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "calendarsync.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "calendar"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Static files ---------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "bmscal.node_finder.NodeModulesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
NODE_FILES = {
    "vendor/bootstrap.css": BASE_DIR / "build/frontend/bootstrap.css",
    "vendor/bootstrap.js": BASE_DIR / "build/frontend/bootstrap.js",
    "vendor/bootstrap-icons.css": BASE_DIR / "build/frontend/bootstrap-icons.css",
    "vendor/fonts/bootstrap-icons.woff": BASE_DIR / "build/frontend/fonts/bootstrap-icons.woff",
    "vendor/fonts/bootstrap-icons.woff2": BASE_DIR / "build/frontend/fonts/bootstrap-icons.woff2",
    "vendor/fullcalendar.js": BASE_DIR / "build/frontend/fullcalendar.js",
    "vendor/fullcalendar.css": BASE_DIR / "build/frontend/fullcalendar.css",
    "vendor/temporal-polyfill.js": BASE_DIR / "build/frontend/temporal-polyfill.js",
}

# --- Security -------------------------------------------------------------------------------------------------------
IS_PUBLIC = PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = IS_PUBLIC
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the container's own health check, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_PUBLIC else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PUBLIC
SECURE_HSTS_PRELOAD = IS_PUBLIC
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_PUBLIC else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = IS_PUBLIC
CSRF_COOKIE_SECURE = IS_PUBLIC
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's own style sheet draws its small icons as data: pictures
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Cronofy --------------------------------------------------------------------------------------------------------
CRONOFY_CLIENT_ID = required("CRONOFY_CLIENT_ID", "With the local sandbox: sandbox-client.")
CRONOFY_CLIENT_SECRETS: list[str] = [
    secret.strip()
    for secret in required("CRONOFY_CLIENT_SECRET", "With the local sandbox: sandbox-secret-1.").split(",")
]
CRONOFY_DATA_CENTER = env.str("CRONOFY_DATA_CENTER", default="us")
CRONOFY_API_URL = env.str("CRONOFY_API_URL", default="")
CRONOFY_APP_URL = env.str("CRONOFY_APP_URL", default="")
# Part of every event id, so that two installations never take each other's events for their own.
INSTALLATION = env.str("INSTALLATION", default="bms")

# What the application may ask of Cronofy, all workers and users together; Cronofy raises it on request.
CRONOFY_CALLS_PER_SECOND = env.int("CRONOFY_CALLS_PER_SECOND", default=50)
CRONOFY_CALLS_PER_MINUTE = env.int("CRONOFY_CALLS_PER_MINUTE", default=500)

# A worker that died is believed dead after this long. It must outlast one call with its time limit (23 s).
LEASE_LENGTH = timedelta(seconds=env.int("LEASE_SECONDS", default=30))
# How often a calendar is read without a notification, in case one was lost for good.
RECONCILE_EVERY = timedelta(minutes=env.int("RECONCILE_MINUTES", default=360))

# --- Celery ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # What a killed worker held comes back after this long. The sweep is quicker; this is the second belt.
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # Neither a page nor a notification waits for a broker that is away: what is owed is a row, and the sweep finds it.
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "socket_timeout": 30,
    "socket_keepalive": True,
    "global_keyprefix": env.str("CELERY_PREFIX", default="bmscal:"),
}

# --- REST API -------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

# --- Logs -----------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"urllib3": {"level": "WARNING"}},
}
