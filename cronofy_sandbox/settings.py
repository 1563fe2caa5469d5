"""Settings of the sandbox process. It shares nothing with the BMS: own database file, own keys, own URLs."""

import os
import secrets
import zoneinfo
from pathlib import Path

from csp.constants import NONE, SELF

# The tzdata wheel decides, never the operating system: their rules differ, and the BMS uses the wheel too.
zoneinfo.reset_tzpath(to=[])

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE_FILE = Path(
    os.environ.get("SANDBOX_DATABASE", BASE_DIR / os.environ.get("DATA_DIR", "var") / "sandbox.sqlite3")
)


def _secret_key(file: Path) -> str:
    """Return the signing key kept beside the database, so that sessions survive a restart; made on first use."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(50))
    return file.read_text().strip()


SECRET_KEY = os.environ.get("SANDBOX_SECRET_KEY") or _secret_key(DATABASE_FILE.with_suffix(".key"))
DEBUG = False
ALLOWED_HOSTS = ["*"]  # a test server on whatever name the tester gives it; it holds invented data only

# Where people find the pages (relink, permissions), if that is not the address that applications use.
PUBLIC_URL = os.environ.get("SANDBOX_PUBLIC_URL", "").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "cronofy_sandbox",
]
MIDDLEWARE = [
    "cronofy_sandbox.api.middleware.WireMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "cronofy_sandbox.urls"
WSGI_APPLICATION = "cronofy_sandbox.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE_FILE,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            # Take the write lock at BEGIN: a read that later wants to write would fail at once instead of waiting.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            " PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;",
        },
    },
}
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"

# The BMS runs on the same host name and cookies know no ports: other names keep the two sessions apart.
SESSION_COOKIE_NAME = "sandbox_session"
CSRF_COOKIE_NAME = "sandbox_csrf"
SESSION_COOKIE_HTTPONLY = True

STATIC_URL = "/static/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "bmscal.node_finder.NodeModulesFinder",
]
WHITENOISE_USE_FINDERS = True
NODE_MODULES = BASE_DIR
NODE_FILES = {
    "vendor/temporal-polyfill.js": "build/frontend/temporal-polyfill.js",
    "vendor/fullcalendar.js": "build/frontend/fullcalendar-sandbox.js",
    "vendor/fullcalendar.css": "build/frontend/fullcalendar-sandbox.css",
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # No form-action: the portal's forms end in a redirect to the application, whose address is not ours to list.
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"cronofy_sandbox": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
