"""Every knob of the service, in one flat file. Values come from the environment through `webmail.env`."""

from __future__ import annotations

import secrets
import socket
from os import cpu_count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from webmail import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where everything lives -----------------------------------------------------------------------
MAIL_DATA_DIR = env.path("MAIL_DATA_DIR", BASE_DIR / "var")
MAIL_HOSTNAME = env.text("MAIL_HOSTNAME") or socket.gethostname()
MAIL_BIND = env.text("MAIL_BIND", "127.0.0.1")
MAIL_DOMAIN = env.text("MAIL_DOMAIN")  # `up` receives mail for it from its first start on
MAIL_DEMO = env.flag("MAIL_DEMO", False)  # `up` fills the service with demonstration mail
MAIL_PUBLIC_URL = env.text(
    "MAIL_PUBLIC_URL"
)  # how browsers reach us, when not http://MAIL_BIND:MAIL_PORT_WEB
MAIL_PRODUCT_NAME = env.text("MAIL_PRODUCT_NAME", "Posthorn")

# --- ports; 0 switches a door off -----------------------------------------------------------------
MAIL_PORT_WEB = env.number("MAIL_PORT_WEB", 8000, maximum=65535)
MAIL_PORT_SMTP = env.number("MAIL_PORT_SMTP", 2525, maximum=65535)
MAIL_PORT_SUBMISSION = env.number("MAIL_PORT_SUBMISSION", 2587, maximum=65535)
MAIL_PORT_SUBMISSIONS = env.number("MAIL_PORT_SUBMISSIONS", 2465, maximum=65535)
MAIL_PORT_IMAP = env.number("MAIL_PORT_IMAP", 2143, maximum=65535)
MAIL_PORT_IMAPS = env.number("MAIL_PORT_IMAPS", 2993, maximum=65535)
MAIL_PORT_POP3 = env.number("MAIL_PORT_POP3", 2110, maximum=65535)
MAIL_PORT_POP3S = env.number("MAIL_PORT_POP3S", 2995, maximum=65535)

# --- processes and limits -------------------------------------------------------------------------
MAIL_LISTENERS = env.number("MAIL_LISTENERS", cpu_count() or 1, minimum=1, maximum=256)
MAIL_LISTENER_THREADS = env.number("MAIL_LISTENER_THREADS", 24, minimum=1, maximum=256)
MAIL_WEB_THREADS = env.number("MAIL_WEB_THREADS", 12, minimum=1, maximum=256)
MAIL_MAX_CONNECTIONS = env.number("MAIL_MAX_CONNECTIONS", 20_000, minimum=1)
MAIL_MAX_CONNECTIONS_PER_ADDRESS = env.number(
    "MAIL_MAX_CONNECTIONS_PER_ADDRESS", 50, minimum=1
)  # not signed in
MAIL_MAX_CONNECTIONS_PER_ACCOUNT = env.number("MAIL_MAX_CONNECTIONS_PER_ACCOUNT", 100, minimum=1)  # signed in
MAIL_MAX_MESSAGE_BYTES = env.number("MAIL_MAX_MESSAGE_BYTES", 150 << 20, minimum=1024)
MAIL_MAX_RECIPIENTS = env.number("MAIL_MAX_RECIPIENTS", 1000, minimum=100)
MAIL_INLINE_BLOB_BYTES = env.number("MAIL_INLINE_BLOB_BYTES", 64 << 10)
MAIL_DEFAULT_QUOTA_BYTES = env.number("MAIL_DEFAULT_QUOTA_BYTES", 15 << 30)
MAIL_MAX_IMPORT_BYTES = env.number("MAIL_MAX_IMPORT_BYTES", 20 << 30, minimum=1 << 20)  # of an uploaded file
MAIL_IMPORT_NETWORKS = env.words("MAIL_IMPORT_NETWORKS")  # private ones that people may import mail from
MAIL_TOMBSTONE_DAYS = env.number("MAIL_TOMBSTONE_DAYS", 60, minimum=1)
MAIL_POLL_SECONDS = env.number("MAIL_POLL_SECONDS", 30, minimum=1)
MAIL_PLAINTEXT_AUTH = env.flag("MAIL_PLAINTEXT_AUTH", False)

# --- certificates and secrets ---------------------------------------------------------------------
MAIL_TLS_CERT = env.path("MAIL_TLS_CERT", MAIL_DATA_DIR / "tls" / "certificate.pem")
MAIL_TLS_KEY = env.path("MAIL_TLS_KEY", MAIL_DATA_DIR / "tls" / "key.pem")
# Without a key of its own (tests, first `check`) a process gets one that dies with it.
SECRET_KEY = env.secret("MAIL_SECRET_KEY", MAIL_DATA_DIR / "secret_key") or secrets.token_urlsafe(50)

# --- the way out ----------------------------------------------------------------------------------
MAIL_DNS_SERVERS = env.words("MAIL_DNS_SERVERS")
MAIL_OUTBOUND_PORT = env.number("MAIL_OUTBOUND_PORT", 25, minimum=1, maximum=65535)
MAIL_SMART_HOST = env.text("MAIL_SMART_HOST")
MAIL_RETRY_SCHEDULE = env.seconds("MAIL_RETRY_SCHEDULE", "1m,5m,15m,30m,1h,2h,4h,8h")
MAIL_EXPIRE_SECONDS = env.seconds("MAIL_EXPIRE_SECONDS", "5d")[0]
MAIL_WORKER_THREADS = env.number("MAIL_WORKER_THREADS", 32, minimum=1, maximum=1000)
MAIL_UNDO_SECONDS = env.number("MAIL_UNDO_SECONDS", 10, maximum=3600)

# --- Django ---------------------------------------------------------------------------------------
DEBUG = env.flag("MAIL_DEBUG", False)
ALLOWED_HOSTS = list(env.words("MAIL_ALLOWED_HOSTS")) or [
    MAIL_HOSTNAME,
    "localhost",
    "127.0.0.1",
    "[::1]",
    MAIL_BIND,
]
if MAIL_PUBLIC_URL:
    ALLOWED_HOSTS.append(urlsplit(MAIL_PUBLIC_URL).hostname or "")
    CSRF_TRUSTED_ORIGINS = [MAIL_PUBLIC_URL.rstrip("/")]
ROOT_URLCONF = "webmail.urls"
ASGI_APPLICATION = "webmail.asgi.application"
AUTH_USER_MODEL = "mailcore.Account"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LANGUAGE_CODE = "en"
# Each in its own words. A language is offered once its catalogue in webmail/locale is nearly complete; a test looks.
LANGUAGES = [
    ("ar", "العربية"),
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("hi", "हिन्दी"),
    ("ja", "日本語"),
    ("zh-hans", "简体中文"),
]
LOCALE_PATHS = [BASE_DIR / "webmail" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 400 * 86_400
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "mailcore",
    "webmail",
    "webmail.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "webmail.middleware.SecurityHeaders",
    "webmail.middleware.PlainAddresses",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "webmail.compression.Compressed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webmail.whose.MailAccount",
    "webmail.middleware.Language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "webmail.middleware.LocalTime",
    "webmail.middleware.MailErrors",
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
                "webmail.fragments.product",
            ],
        },
    },
]
PASSWORD_HASHERS = ["mailcore.identity.password_hasher.Argon2"]  # reads every argon2 hash, writes 19 MiB ones
AUTHENTICATION_BACKENDS = ["mailcore.identity.backend.AddressBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "webmail.views.problems.csrf"
MAIL_HTTPS = env.flag("MAIL_HTTPS", MAIL_PUBLIC_URL.startswith("https:"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = MAIL_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if MAIL_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 200

STATIC_URL = "/static/"
STATIC_ROOT = MAIL_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's pages are made of our files
WHITENOISE_USE_FINDERS = True  # a checkout whose files were never collected still looks right


# --- rows -----------------------------------------------------------------------------------------
_SQLITE = (
    "page_size=8192",
    "journal_mode=WAL",
    "synchronous=FULL",  # a commit is on the disk before anybody hears 250 or OK
    "busy_timeout=30000",
    "cache_size=-16384",
    "mmap_size=1073741824",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
    "wal_autocheckpoint=16000",  # a net: store/wal.py folds the log back long before
)


def _database(url: str) -> dict[str, Any]:
    """Django's settings for DATABASE_URL; SQLite under MAIL_DATA_DIR when there is none."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": MAIL_DATA_DIR / "mail.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "; ".join(f"PRAGMA {pragma}" for pragma in _SQLITE),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            f"DATABASE_URL: {parts.scheme!r} is not a database we know (postgresql://…)"
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or query.pop("password", "")),
        "HOST": unquote(parts.hostname or query.pop("host", "")),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


DATABASES = {"default": _database(env.text("DATABASE_URL"))}

# --- hints and broker -----------------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL") or f"unix://{MAIL_DATA_DIR / 'run' / 'redis.sock'}"


# --- blobs ----------------------------------------------------------------------------------------
def _blob_storage(url: str) -> dict[str, Any]:
    """Django storage for big blobs: files under MAIL_DATA_DIR, or s3://bucket/prefix?endpoint_url=…"""
    if not url:
        return {
            "BACKEND": "mailcore.store.blob_files.DurableFileStorage",
            "OPTIONS": {"location": MAIL_DATA_DIR / "blobs", "directory_permissions_mode": 0o700},
        }
    parts = urlsplit(url)
    if parts.scheme != "s3":
        raise ImproperlyConfigured(
            f"MAIL_BLOB_STORAGE: {parts.scheme!r} is not a storage we know (s3://bucket)"
        )
    options: dict[str, Any] = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    options |= {"bucket_name": parts.hostname, "location": parts.path.strip("/"), "file_overwrite": True}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES = {
    "default": _blob_storage(env.text("MAIL_BLOB_STORAGE")),
    "staticfiles": {"BACKEND": "webmail.static_files.HashedStatic"},
}

# --- logs -----------------------------------------------------------------------------------------
MAIL_LOG_LEVEL = env.choice("MAIL_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": MAIL_LOG_LEVEL},
    "loggers": {"celery": {"level": "WARNING"}},  # it tells of every bell
}
