"""Every difference between installations is an environment variable; no secret has a usable default.

PRIVATE=1 marks a desk that only this machine can reach (`./run`, the tests): it may use plain http and demo users.
Anything else is production. `messaging.checks` refuses to start with unsafe settings, with a line per problem.
"""

import tomllib
from math import isfinite, nan
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent
# Shown in the footer of every page, and sent to Telnyx as User-Agent.
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")


def listed(name: str) -> list[str]:
    """Return the parts of a comma-separated list, without the spaces around them."""
    return [part.strip() for part in env.str(name, default="").split(",") if part.strip()]


def number(name: str, default: Any) -> Any:
    """Return a number of `default`'s type. Anything else becomes NaN, which messaging.checks refuses."""
    try:
        NUMBERS[name] = type(default)(env.str(name, default="") or default)
    except ValueError:
        NUMBERS[name] = nan
    return NUMBERS[name] if isfinite(NUMBERS[name]) else default


# Every variable that is a number, by name.
NUMBERS: dict[str, float] = {}

PRIVATE = env.bool("PRIVATE", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = listed("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = listed("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = listed("CSRF_TRUSTED_ORIGINS")

# Files and sealed bodies are encrypted with the first key and read with any.
DOCUMENT_KEYS = listed("DOCUMENT_KEYS")
DOCUMENTS_ROOT = Path(env.str("DOCUMENTS_ROOT", default=str(BASE_DIR / "var" / "documents")))
# Where pg_dump and pg_restore are, if not in PATH; for backups.
PG_BIN = env.str("PG_BIN", default="")

# Telnyx
TELNYX_API_KEY = env.str("TELNYX_API_KEY", default="")
TELNYX_BASE_URL = env.str("TELNYX_BASE_URL", default="https://api.telnyx.com/v2")
TELNYX_PUBLIC_KEYS = listed("TELNYX_PUBLIC_KEYS")
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
# Whether this web process serves webhooks and probes alone, and no page.
WEBHOOK_ONLY = env.bool("WEBHOOK_ONLY", default=False)
TELNYX_WRITES_PER_SECOND = number("TELNYX_WRITES_PER_SECOND", 2.0)
TELNYX_READS_PER_SECOND = number("TELNYX_READS_PER_SECOND", 5.0)
TELNYX_SETTLE_SECONDS = number("TELNYX_SETTLE_SECONDS", 300.0)
TELNYX_READ_TIMEOUT = number("TELNYX_READ_TIMEOUT", 20.0)
TELNYX_DEADLINE = number("TELNYX_DEADLINE", 30.0)
TELNYX_POLL_SECONDS = number("TELNYX_POLL_SECONDS", 30.0)
# Whether to send a message again with its Idempotency-Key when its response was lost (docs/telnyx.md, check 1).
TELNYX_REPLAY_SENDS = env.bool("TELNYX_REPLAY_SENDS", default=False)
# How long a person may take back what they just submitted, before it is sent; 0 sends at once.
UNDO_SECONDS = number("UNDO_SECONDS", 20.0)
# How long to use what Telnyx said about a phone without asking again.
RCS_CAPABILITY_HOURS = number("RCS_CAPABILITY_HOURS", 24)
# Kinds of records whose submissions a second person approves (messaging/team/approvals.py).
FOUR_EYES = listed("FOUR_EYES")
# Whether a worker opens the web addresses of toll-free requests.
LINK_CHECK = env.bool("LINK_CHECK", default=True)
# The clocks of requests and orders, in days: what is usual at Telnyx and the carriers, and when we want to answer.
TOLLFREE_REVIEW_DAYS = number("TOLLFREE_REVIEW_DAYS", 5)
TOLLFREE_CARRIER_DAYS = number("TOLLFREE_CARRIER_DAYS", 14)
TOLLFREE_ANSWER_DAYS = number("TOLLFREE_ANSWER_DAYS", 7)
HOSTED_REVIEW_DAYS = number("HOSTED_REVIEW_DAYS", 3)
HOSTED_SWITCH_DAYS = number("HOSTED_SWITCH_DAYS", 5)
HOSTED_ANSWER_DAYS = number("HOSTED_ANSWER_DAYS", 3)
# Recipients a day (UTC) that people here may text: per person, and all together.
MESSAGES_PER_PERSON_A_DAY = number("MESSAGES_PER_PERSON_A_DAY", 50)
MESSAGES_A_DAY = number("MESSAGES_A_DAY", 500)

# How notices leave the desk: the mail server and the sender of emails, and rooms of chats with their secret addresses.
EMAIL_URL = env.str("EMAIL_URL", default="")
globals().update(env.email_url_config(EMAIL_URL or "dummymail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="")
NOTICE_CHANNELS = env.str("NOTICE_CHANNELS", default="")
# After how many hours without a webhook people are told; 0 is never.
NOTICE_WEBHOOK_SILENT_HOURS = number("NOTICE_WEBHOOK_SILENT_HOURS", 24)

# How long things are kept, in days; 0 is forever.
RETENTION_WEBHOOK_BODY_DAYS = number("RETENTION_WEBHOOK_BODY_DAYS", 30)
RETENTION_WEBHOOK_DAYS = number("RETENTION_WEBHOOK_DAYS", 400)
RETENTION_MESSAGE_TEXT_DAYS = number("RETENTION_MESSAGE_TEXT_DAYS", 90)
RETENTION_MESSAGE_DAYS = number("RETENTION_MESSAGE_DAYS", 396)
# What a request to Telnyx contained (its address, its bytes, and what Telnyx found wrong), counted from its end.
RETENTION_REQUEST_DAYS = number("RETENTION_REQUEST_DAYS", 90)
# Toll-free requests, hosted orders and numbers, from when they are gone from Telnyx; drafts from their last change.
RETENTION_RECORD_DAYS = number("RETENTION_RECORD_DAYS", 730)
# Letters and bills, from the end of their order.
RETENTION_DOCUMENT_DAYS = number("RETENTION_DOCUMENT_DAYS", 90)
# Opt-outs, from when they ended. One in force is never deleted.
RETENTION_OPTOUT_DAYS = number("RETENTION_OPTOUT_DAYS", 1826)
# Who viewed, changed and deleted what.
RETENTION_AUDIT_DAYS = number("RETENTION_AUDIT_DAYS", 730)
# Who was told of what.
RETENTION_NOTICE_DAYS = number("RETENTION_NOTICE_DAYS", 90)
# Who exported messages and who downloaded the file; the file itself is deleted after hours.
RETENTION_EXPORT_DAYS = number("RETENTION_EXPORT_DAYS", 400)
# What Telnyx said about phones (RCS or not), and links with a number in them, from the last time we asked.
RETENTION_RCS_DAYS = number("RETENTION_RCS_DAYS", 90)
# Every call to Telnyx, for engineers.
RETENTION_API_CALL_DAYS = number("RETENTION_API_CALL_DAYS", 14)
# When a part of the desk didn't work, from when it ended.
RETENTION_INCIDENT_DAYS = number("RETENTION_INCIDENT_DAYS", 730)

# How many messages one export may contain, and for how many hours its file is kept.
EXPORT_MOST_ROWS = number("EXPORT_MOST_ROWS", 100_000)
EXPORT_KEPT_HOURS = number("EXPORT_KEPT_HOURS", 24)
# For how many days an evidence file can be downloaded.
EVIDENCE_KEPT_DAYS = number("EVIDENCE_KEPT_DAYS", 7)
# The largest file of a message that we fetch from Telnyx and keep, in bytes.
MEDIA_MOST_BYTES = number("MEDIA_MOST_BYTES", 5 << 20)

# Where errors are reported to, if anywhere (config/sentry.py).
SENTRY_DSN = env.str("SENTRY_DSN", default="").strip()
# What Prometheus sends to read /metrics; without it there is no such page, and nothing is counted.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "messaging.mirror",
    "messaging",
    "tollfree",
    "hosted",
    "rcs",
    "config.people",
]

MIDDLEWARE = [
    "config.middleware.machines_first",
    "config.middleware.traced",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ours_alone",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.StorableText",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.on_record",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.strangers_send_little",
    "messaging.desk.typed.BackToTheForm",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.asking.AskForMore",
    "messaging.desk.typed.say_what_is_saved",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.no_blank_page",
    "config.middleware.SayWhenToTryAgain",
    "config.middleware.no_store",
    "config.sessions.last_while_used",
    "config.middleware.viewers_zone",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
APPEND_SLASH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
            ],
        },
    },
]

# PostgreSQL is the only database; the relay's advisory locks need a session, so no pooler in transaction mode.
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres:///telnyx_desk")}
DATABASES["default"]["CONN_MAX_AGE"] = number("CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {}).update(
    connect_timeout=number("DATABASE_CONNECT_TIMEOUT", 2),
    options="-c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout=60000".format(
        number("DATABASE_STATEMENT_TIMEOUT_MS", 15000),
        number("DATABASE_LOCK_TIMEOUT_MS", 5000),
    ),
)

# Celery is a doorbell: the database row is the queue, so a message carries ids and may be lost.
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
# A deploy lets the request in flight finish: longer than the 30 s deadline of a call.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 35
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
SWEEP_SECONDS = number("SWEEP_SECONDS", 10.0)
# Not the default one: a kill -9 corrupts its schedule file and beat never starts again (2026-11), and it measures
# intervals by the machine's clock.
CELERY_BEAT_SCHEDULER = "messaging.mirror.beat:Beat"
# Seconds between two runs of each task.
PERIODIC = {
    "messaging.mirror.tasks.sweep": SWEEP_SECONDS,
    "messaging.mirror.tasks.drain": 2.0,
    "messaging.mirror.tasks.poll": 2.0,
    "messaging.mirror.tasks.import_asked": 2.0,
    "messaging.mirror.tasks.test_webhooks": 2.0,
    "messaging.notices.tasks.tell": 5.0,
    # It reads more than a sweep does, so a sweep each second doesn't take it along.
    "messaging.notices.tasks.notice": max(SWEEP_SECONDS, 5.0),
    "messaging.notices.tasks.notice_senders": 300.0,
    "tollfree.tasks.check_links": 3.0,
    "tollfree.tasks.learn": 300.0,
    "messaging.mirror.tasks.fetch_lost_webhooks": 120.0,
    "messaging.mirror.tasks.purge": 600.0,
    "messaging.mirror.tasks.seal_audit": 1800.0,
    "messaging.mirror.tasks.pull": 3600.0,
    "hosted.tasks.sweep_documents": 86400.0,
}
# Each has its own queue, named after the task, which holds at most one message; a worker takes from all of them.
CELERY_TASK_ROUTES = {task: {"queue": task.rpartition(".")[2]} for task in PERIODIC}
CELERY_TASK_QUEUES = [Queue("celery"), *(Queue(route["queue"]) for route in CELERY_TASK_ROUTES.values())]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["config.login.Backend"]
PASSWORD_RESET_TIMEOUT = 3600
# Whether people who may do more than view need a second factor besides their password.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=not PRIVATE)
# After how many minutes people confirm that it's them before they open, download or decide; 0 asks nobody.
CONFIRM_MINUTES = number("CONFIRM_MINUTES", 0 if PRIVATE else 10)
# The company's own sign-in (OpenID Connect): its provider, what we are called there, and how people know it.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").strip()
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="").strip()
# Which claim names the groups of a person, and which of them are which of our groups: "theirs=ours".
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
OIDC_GROUPS = listed("OIDC_GROUPS")
# Whether to ask for the desk's own second factor as well.
OIDC_SECOND_FACTOR = env.bool("OIDC_SECOND_FACTOR", default=False)
# Who has a password here nevertheless.
LOCAL_ACCOUNTS = listed("LOCAL_ACCOUNTS")
# allauth keeps second factors and which company account is whose; its own pages are not used.
MFA_ADAPTER = "messaging.desk.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
# `./run manage makemessages -l en` writes here; English itself needs no catalog.
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))()
STATICFILES_FINDERS = ["config.staticfiles.AppFiles"]
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Security. A private installation answers plain http on loopback.
SECURE_SSL_REDIRECT = not PRIVATE
TRUSTED_PROXY = env.bool("TRUSTED_PROXY", default=False)
# How many proxies add the address they were called from to X-Forwarded-For; without TRUSTED_PROXY it's ignored.
TRUSTED_PROXY_COUNT = number("TRUSTED_PROXY_COUNT", 1)
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if PRIVATE else 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not PRIVATE
SECURE_HSTS_PRELOAD = not PRIVATE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PRIVATE
SESSION_COOKIE_NAME = "sessionid" if PRIVATE else "__Host-sessionid"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CSRF_COOKIE_NAME = "csrftoken" if PRIVATE else "__Host-csrftoken"
SESSION_COOKIE_AGE = 12 * 3600
# After how many minutes without use a sign-in ends; what was typed is kept in the browser.
SESSION_IDLE_MINUTES = number("SESSION_IDLE_MINUTES", 30)
SESSION_ENGINE = "config.sessions"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_HANDLERS = ["hosted.documents.uploads.Quota"]
# Unfold (with Alpine) evaluates expressions and writes style attributes; nothing else is allowed.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# Lines for people, or JSON for what collects them (config/logs.py).
LOG_FORMAT = env.str("LOG_FORMAT", default="plain").strip().lower()
# Loggers of the HTTP stack write full URLs at INFO, and ours contain phone numbers in queries.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "config.logs.Formatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "config.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "config.logs.Handler", "formatter": "json" if LOG_FORMAT == "json" else "plain"}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django and gunicorn come with their own handlers.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
    }
    | {
        name: {"level": "WARNING"}
        for name in ("httpx", "httpcore", "celery.app.trace", "celery.worker.strategy")
    }
    # They write addresses of chats, which are secrets.
    | {name: {"level": "CRITICAL"} for name in ("apprise", "urllib3", "requests")},
}

UNFOLD = {
    "SITE_TITLE": "telnyx-desk",
    "SITE_HEADER": "telnyx-desk",
    "SITE_SUBHEADER": _("Messaging operations"),
    "SITE_SYMBOL": "sms",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("desk/icon.svg")}
    ],
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [
        lambda request: static("desk/desk.js"),
        lambda request: static("desk/typed.js"),
        lambda request: static("desk/ages.js"),
        lambda request: static("desk/quick.js"),
        lambda request: static("desk/keys.js"),
    ],
    "SIDEBAR": {"show_search": False, "command_search": False, "navigation": "config.admin.navigation"},
    "ACCOUNT": {"navigation": "config.admin.account"},
    "COLORS": {
        # A quiet blue: color is reserved for whose turn it is.
        "primary": {
            "50": "oklch(97% .014 250)",
            "100": "oklch(93.5% .032 250)",
            "200": "oklch(88% .06 250)",
            "300": "oklch(81% .1 250)",
            "400": "oklch(71% .14 252)",
            "500": "oklch(62% .16 254)",
            "600": "oklch(52% .17 256)",
            "700": "oklch(46% .15 257)",
            "800": "oklch(40% .12 258)",
            "900": "oklch(35% .09 259)",
            "950": "oklch(26% .07 260)",
        },
    },
}
