"""All settings; the environment is read here and nowhere else (docs/settings.md)."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import django_stubs_ext

from comicmaintainer import env, logs
from comicmaintainer.digest import digest_of

# Lets the code say ModelForm[Library], which Django's classes do not take at run time.
django_stubs_ext.monkeypatch()

CENTURY_DAYS = 36_500
DAY_SECONDS = 86_400

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "data")

COMICS = str(env.path("COMICS", Path())) if env.text("COMICS") else ""
"""A folder to register as a library at start; absolute."""
WORKERS = env.integer("WORKERS", os.cpu_count() or 2, least=1)
ITEM_TIMEOUT_SECONDS = env.integer("ITEM_TIMEOUT_SECONDS", 120, least=1, most=DAY_SECONDS)
ITEM_TIMEOUTS = env.integers("ITEM_TIMEOUTS", least=1, most=DAY_SECONDS)
"""The same for the operations named."""
WATCH_QUIET_SECONDS = env.integer("WATCH_QUIET_SECONDS", 10, least=1, most=DAY_SECONDS)
"""How long a file must stay as it is before it is taken."""
WATCH_POLL_SECONDS = env.integer("WATCH_POLL_SECONDS", 60, least=1, most=DAY_SECONDS)
"""How often a watched folder is looked through where the system tells of no changes."""
JOB_RETENTION_DAYS = env.integer("JOB_RETENTION_DAYS", 90, most=CENTURY_DAYS)
"""0: for ever."""
HISTORY_DAYS = env.integer("HISTORY_DAYS", 730, most=CENTURY_DAYS)
"""0: for ever."""
TRASH_DAYS = env.integer("TRASH_DAYS", 30, most=CENTURY_DAYS)
"""How long whole originals stay in the libraries' trash."""
THUMBNAILS_MB = env.integer("THUMBNAILS_MB", 500, least=10, most=1_000_000)
"""How large the cache of covers and pages in DATA_DIR may get."""

METRICS_TOKEN = env.text("METRICS_TOKEN")
"""Reads /metrics, beside API tokens; empty for none."""
WEBHOOK_NETWORKS = env.networks("WEBHOOK_NETWORKS")
"""Private networks that webhooks may go to; the public ones they may anyway."""

API_CALLS_PER_MINUTE = env.integer("API_CALLS_PER_MINUTE", 6000)
"""Of one token, or of one person's pages; 0: no limit."""

DEBUG = False
SECRET_KEY = env.secret_key(DATA_DIR)
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])

BASE_PATH = env.base_path("BASE_PATH")
"""Where on its host the site is, such as "/comics"; empty for the whole host."""
FORCE_SCRIPT_NAME = BASE_PATH or None
BEHIND_PROXY = env.count("BEHIND_PROXY")
"""How many proxies are in front; comicmaintainer.proxy believes what they say of the client.
Django's own settings for it, SECURE_PROXY_SSL_HEADER and the like, would not reach the stream."""
HTTPS_ONLY = env.flag("HTTPS_ONLY")
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"(^|/)health(/live|/ready)?$"]
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", 0, most=2 * 366 * DAY_SECONDS)
# Set on cookies for good only here; comicmaintainer.middleware does it for any answer by HTTPS.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
# security.W004 to W021: on a network of one's own plain HTTP is a choice, so nobody is nagged about
# it; and whether subdomains are bound too is for the owner of the domain to say.
_ABOUT_HTTPS = [f"security.W{number:03}" for number in (4, 8, 12, 16)]
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", *([] if HTTPS_ONLY else _ABOUT_HTTPS)]
# The browser sends cookies of other sites on this host too, so names are not Django's own.
SESSION_COOKIE_NAME = "comicmaintainer_session"
CSRF_COOKIE_NAME = "comicmaintainer_csrf"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{BASE_PATH}/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "django_eventstream",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "comicmaintainer",
    "jobs",
    "library",
]

MIDDLEWARE = [
    "servestatic.middleware.ServeStaticMiddleware",
    # Synchronous, so that all below it runs in one thread hop instead of one for each.
    "comicmaintainer.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "comicmaintainer.middleware.first_run",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "comicmaintainer.middleware.roles",
    "axes.middleware.AxesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "comicmaintainer.urls"
ASGI_APPLICATION = "comicmaintainer.asgi.application"

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
                "comicmaintainer.context.shell",
            ],
        },
    },
]

SQLITE = {
    "ENGINE": "comicmaintainer.sqlite3",
    "NAME": DATA_DIR / "db.sqlite3",
    "OPTIONS": {
        # Without IMMEDIATE a read followed by a write in one transaction fails at once with
        # "database is locked" when another process wrote in between.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
            "PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728;"
            "PRAGMA journal_size_limit=27103364;"
        ),
    },
}
DATABASE_URL = env.text("DATABASE_URL")
REDIS_URL = env.text("REDIS_URL")
# Several installations may share one Redis; each has a database of its own.
_INSTALLATION = (DATABASE_URL or str(DATA_DIR)).encode()
REDIS_PREFIX = f"comicmaintainer-{hashlib.sha256(_INSTALLATION).hexdigest()[:8]}"
DATABASES = {
    "default": {
        **(env.database(DATABASE_URL) if DATABASE_URL else SQLITE),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
if (
    REDIS_URL
):  # For counting alone (comicmaintainer.counting): without it each server counts for itself.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "comicmaintainer.authentication.Backend",
]
PASSWORD_RESET_TIMEOUT = 3 * DAY_SECONDS  # of the address by which somebody chooses a password
# An address may try a name so often, then has to wait. Of both: behind a proxy that is not set up
# all have one address, and one who guesses must not lock out the one who knows.
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "comicmaintainer.views.locked"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# The address changes with the files' content, so browsers may keep them for ever, and the modules
# that import each other by relative address need no build step.
STATICFILES_DIRS = [BASE_DIR / "static"]
_PACKAGES = BASE_DIR / "requirements.txt"  # the admin and the API pages bring files too
STATIC_URL = f"{BASE_PATH}/static/{digest_of(STATICFILES_DIRS[0], _PACKAGES.read_text())}/"
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = False
SERVESTATIC_IMMUTABLE_FILE_TEST = "."

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "comicmaintainer.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["comicmaintainer.roles.RolePermission"],
    "DEFAULT_THROTTLE_CLASSES": ["comicmaintainer.throttling.CallerThrottle"],
    "DEFAULT_PARSER_CLASSES": ["comicmaintainer.rest.PlainJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "comicmaintainer.rest.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "comicmaintainer.answers.answer",
    # `?format=` asks for comics of a format.
    "URL_FORMAT_OVERRIDE": None,
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ComicMaintainer",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": BASE_PATH or "/"}],
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "comicmaintainer.api_schema.complete",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

EVENTSTREAM_STORAGE_CLASS = "jobs.event_log.JobLog"
EVENTSTREAM_CHANNELMANAGER_CLASS = "jobs.events.ChannelManager"

SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LOGGING = logs.configuration(
    form=env.choice("LOG_FORMAT", ["plain", "json"]),
    level=env.choice("LOG_LEVEL", ["info", "debug", "warning", "error"]).upper(),
    secrets=[SECRET_KEY, METRICS_TOKEN],
)
