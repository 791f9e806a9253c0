"""The one file of settings; every difference between deployments comes from the environment."""

import json
import os
import re
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent


def _required(name: str) -> str:
    """Return an environment variable or refuse to start without it."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}; `make run`, `make demo` and `make test` set it for you.")
    return value


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


# --- identity -------------------------------------------------------------------------------------------------------
SECRET_KEY = _required("PLENUM_SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("PLENUM_SECRET_KEY must have at least 32 characters.")
DEBUG = False
LOCAL = _flag("PLENUM_LOCAL")  # loopback without TLS: what the launcher starts
ALLOWED_HOSTS = _list("PLENUM_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]" if LOCAL else "")
# Browsers' sockets and forms must come from these; the host a request was sent to is always one of them.
TRUSTED_ORIGINS = _list("PLENUM_TRUSTED_ORIGINS")
CSRF_TRUSTED_ORIGINS = TRUSTED_ORIGINS

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "marketplace.accounts",
    "marketplace.operations",
    "labeling",
    "quality",
    "pricing",
    "marketplace.ledger",
    "marketplace.orders",
    "marketplace.releases",
    "marketplace.live",
    "marketplace",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "marketplace.live.web.security.ContentSecurityPolicy",
]

ROOT_URLCONF = "marketplace.urls"
ASGI_APPLICATION = "marketplace.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


# --- PostgreSQL: the only truth -------------------------------------------------------------------------------------
def _database(url: str) -> dict[str, object]:
    """Read a postgresql:// URL into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must be a postgresql:// URL.")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    options["options"] = "-c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
    # Threads come and go with requests; a pool keeps their connections.
    options["server_side_binding"] = True
    options["prepare_threshold"] = 5
    options["pool"] = {"min_size": 1, "max_size": int(os.environ.get("PLENUM_DB_POOL", "20")), "timeout": 20}
    return {
        "ENGINE": "marketplace.operations.adapters.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": _database(_required("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis or Valkey: hints only ------------------------------------------------------------------------------------
REDIS_URL = _required("REDIS_URL")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # Longer than the layer's own blocking read of 5 s, which would otherwise end as an error.
            "hosts": [{"address": REDIS_URL, "socket_timeout": 15, "socket_connect_timeout": 3}],
            "prefix": "plenum:ws",
            "capacity": 1000,
            "expiry": 30,
            "group_expiry": 90_000,
        },
    }
}

# Celery: late acknowledged, so a killed process loses nothing; what runs twice is idempotent.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "global_keyprefix": "plenum:",
    "max_retries": 0,  # who publishes is told at once that the broker is away; the relay then does the work itself
}
CELERY_VISIBILITY_TIMEOUT = 300
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE = True
CELERY_TASK_ACKS_ON_TIMEOUT = False
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5000
CELERY_DB_REUSE_MAX = 1_000  # otherwise the connection pool is torn down after every task
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Sweeps are comfort: claims reclaim leases themselves, and what is due in the log waits for nobody.
CELERY_BEAT_SCHEDULE = {
    "sweep-leases": {"task": "live.sweep_leases", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-supply": {"task": "live.sweep_supply", "schedule": 15.0, "options": {"expires": 15}},
    "look-after-orders": {"task": "orders.look_after", "schedule": 60.0, "options": {"expires": 60}},
    "expire-orders": {"task": "orders.expire", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-stale": {"task": "live.sweep_stale", "schedule": 3600.0, "options": {"expires": 600}},
    "refit-effort": {"task": "pricing.refit_effort", "schedule": 86_400.0, "options": {"expires": 3600}},
    "refresh-forecasts": {"task": "pricing.refresh_forecasts", "schedule": 300.0, "options": {"expires": 300}},
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["marketplace.accounts.api.backends.CountingBackend"]
PASSWORD_HASHERS = ["marketplace.accounts.adapters.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/jobs"
LOGOUT_REDIRECT_URL = "/login"

# --- HTTP -----------------------------------------------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if not LOCAL:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if _flag("PLENUM_BEHIND_PROXY"):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_PERMISSIONS = 0o640

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "marketplace.accounts.api.authentication.BearerTokenAuthentication",
        "marketplace.accounts.api.authentication.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["marketplace.operations.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "marketplace.operations.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "marketplace.problems.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
    "NUM_PROXIES": 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plenum",
    "DESCRIPTION": "Image annotation, priced, done, agreed on and paid.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "marketplace.describing.list_problem_codes",
    ],
    # Fields of the same name have different choices; these are what the choices are called.
    "ENUM_NAME_OVERRIDES": {
        "AssetKind": "labeling.models.AssetKind",
        "AuditPlanKind": "quality.models.AuditPlanKind",
        "AuditState": "quality.models.AuditState",
        "AuditVerdict": "quality.models.AuditVerdict",
        "CheckKind": "labeling.api.serializers.work.CHECK_KINDS",
        "Circuit": "labeling.models.Circuit",
        "ConflictKind": "labeling.api.serializers.work.CONFLICT_KINDS",
        "AssignmentState": "labeling.models.AssignmentState",
        "CostDriver": "pricing.core.cards.walk.DRIVERS",
        "FindingKind": "quality.models.FindingKind",
        "FindingState": "quality.models.FindingState",
        "FreezeState": "marketplace.orders.models.FreezeState",
        "FlawDecision": "labeling.models.FlawDecision",
        "FlawKind": "labeling.models.FlawKind",
        "IngestSource": "labeling.models.IngestSource",
        "InvitationState": "marketplace.accounts.models.InvitationState",
        "ImportItemState": "labeling.models.ImportItemState",
        "ImportPurpose": "labeling.models.ImportPurpose",
        "JobState": "labeling.models.JobState",
        "LabelState": "quality.models.LabelState",
        "OperationState": "marketplace.operations.models.OperationState",
        "OrderState": "marketplace.orders.models.OrderState",
        "PayoutState": "marketplace.ledger.models.PayoutState",
        "RejectionState": "marketplace.orders.models.RejectionState",
        "ReviewVerdict": "labeling.models.Verdict",
        "Role": "marketplace.accounts.models.Role",
        "TaskKind": "labeling.models.TaskKind",
        "TaskState": "labeling.models.TaskState",
        "TransferKind": "marketplace.ledger.models.TransferKind",
    },
}

# --- time, language, files ------------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False

DATA_DIR = Path(os.environ.get("PLENUM_DATA_DIR", BASE_DIR / ".run" / "data"))
MEDIA_ROOT = DATA_DIR / "media"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Buckets that organizations may have their images read from, by name; who may read which stands here and not in rows,
# as the credentials do.
BUCKETS: dict[str, frozenset[str]] = {}
SIGNED_URL_S = 300


def _add_buckets(text: str) -> None:
    """Read `{"photos": {"organizations": ["<id>"], "options": {"bucket_name": ..., "endpoint_url": ...}}}`."""
    try:
        stated = json.loads(text or "{}")
        for name, bucket in stated.items():
            if not name.isidentifier() or name in STORAGES:
                raise ValueError(name)
            options = {"querystring_expire": SIGNED_URL_S, "signature_version": "s3v4", **bucket["options"]}
            STORAGES[name] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
            BUCKETS[name] = frozenset(bucket["organizations"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(
            "PLENUM_BUCKETS is JSON: names, each with `organizations` (ids, or *) and `options` of an S3 storage."
        ) from error


_add_buckets(os.environ.get("PLENUM_BUCKETS", ""))

# Tokens that are sent to models of organizations, by name, and the only URL that each is sent to.
MODEL_TOKENS: dict[str, dict[str, str]] = {}


def _add_model_tokens(text: str) -> None:
    """Read `{"detector": {"organization": "<id>", "url": "https://...", "token": "..."}}`."""
    try:
        for name, stated in json.loads(text or "{}").items():
            MODEL_TOKENS[name] = {key: str(stated[key]) for key in ("organization", "url", "token")}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(
            "PLENUM_MODEL_TOKENS is JSON: names, each with `organization` (an id), `url` and `token`."
        ) from error


_add_model_tokens(os.environ.get("PLENUM_MODEL_TOKENS", ""))

# Who issues invoices: `code` begins their numbers, and must never be used by another issuer.
INVOICE_ISSUER = {
    "code": os.environ.get("PLENUM_ISSUER_CODE", "PLENUM"),
    "name": os.environ.get("PLENUM_ISSUER_NAME", "Plenum"),
    "address": os.environ.get("PLENUM_ISSUER_ADDRESS", ""),
    "tax_id": os.environ.get("PLENUM_ISSUER_TAX_ID", ""),
}
if not re.fullmatch(r"[A-Z0-9]{1,20}", INVOICE_ISSUER["code"]):
    raise ImproperlyConfigured("PLENUM_ISSUER_CODE is 1 to 20 capital letters and digits.")

# TrueType fonts for names on invoices in scripts that the library's own font lacks; the first that has it is taken.
INVOICE_FONTS = [Path(text) for text in _list("PLENUM_INVOICE_FONTS")]
for _font in INVOICE_FONTS:
    if not _font.is_file():
        raise ImproperlyConfigured(f"PLENUM_INVOICE_FONTS names {_font}, which is no file.")
# Who pays workers. `file` writes files for a bank or a provider's upload; others are named in docs/money.md, not built.
PAYOUT_PROVIDER = os.environ.get("PLENUM_PAYOUT_PROVIDER", "file")
if PAYOUT_PROVIDER != "file":
    raise ImproperlyConfigured(
        f"PLENUM_PAYOUT_PROVIDER is {PAYOUT_PROVIDER!r}, and only `file` is built; docs/money.md says what another one,"
        " such as Stripe Connect, would have to do."
    )
# The least that is paid out, in minor units of whichever currency (100 cents, 100 yen), and how long a new destination
# waits: whoever steals a token must not empty a balance before its owner notices.
PAYOUT_MINIMUM_MINOR_UNITS = int(os.environ.get("PLENUM_PAYOUT_MINIMUM", "100"))
PAYOUT_HOLD_S = int(os.environ.get("PLENUM_PAYOUT_HOLD_S", "86400"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("PLENUM_LOG_LEVEL", "INFO")},
}

# --- limits of the domain -------------------------------------------------------------------------------------------
# A JSON document of least wages an hour by country, or a folder of them, one for each currency that work is paid in, as
# `pricing/wage_floors` is; empty: that one.
WAGE_FLOORS_FILE = Path(path) if (path := os.environ.get("PLENUM_WAGE_FLOORS")) else None
MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_IMAGE_PIXELS = 50_000_000
MAX_POINT_CLOUD_BYTES = 100 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024 * 1024  # of one archive
# Addresses that manifests may name though they are not public, such as those of a file server in the house.
FETCH_NETWORKS = tuple(ip_network(text) for text in _list("PLENUM_FETCH_NETWORKS"))
FETCH_S = 30.0
# How long a model may take over a call, and how this service is reached by models that fetch its images.
MODEL_CALL_S = 30.0
PUBLIC_URL = os.environ.get("PLENUM_PUBLIC_URL", "").rstrip("/")
