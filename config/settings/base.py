"""Settings that every environment shares. Everything secret or local comes from the environment."""

from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "apps.portal.admin_site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "apps.core",
    "apps.tenancy",
    "apps.accounts",
    "apps.audit",
    "apps.jobs",
    "apps.catalog",
    "apps.registry",
    "apps.rights",
    "apps.monitoring",
    "apps.cases",
    "apps.api",
    "apps.portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.api.problems.ProblemMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "apps.accounts.middleware.PreferencesMiddleware",
    "apps.tenancy.middleware.TenantMiddleware",
    "apps.api.idempotency.IdempotencyMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.context_processors.site",
            ],
        },
    },
]


def database(variable: str, *, pool: bool = False) -> dict[str, Any]:
    """One database alias from a URL in the environment.

    ``pool`` turns on psycopg's own connection pool (web processes only: a pool must not be forked).
    """
    config = dict(env.db_url(variable, default="postgres://descant_runtime@/descant"))
    config.setdefault("OPTIONS", {})
    config["CONN_HEALTH_CHECKS"] = True
    if pool:
        config["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 12, "timeout": 10}
    else:
        config["CONN_MAX_AGE"] = 60
    return config


# default: the runtime role, bound by row-level security. owner: migrations. platform: staff portal (BYPASSRLS).
DATABASES = {
    "default": database("DATABASE_URL", pool=env.bool("DATABASE_POOL", default=False)),
    "owner": database("DATABASE_OWNER_URL" if env.str("DATABASE_OWNER_URL", "") else "DATABASE_URL"),
    "platform": database("DATABASE_PLATFORM_URL" if env.str("DATABASE_PLATFORM_URL", "") else "DATABASE_URL"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env.str("BROKER_URL", default="redis://localhost:6379/0")
CACHE_URL = env.str("CACHE_URL", default="redis://localhost:6379/1")


def _cache(url: str) -> dict[str, Any]:
    if url.startswith("locmem"):
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "apps.core.cache.TolerantRedisCache",
        "LOCATION": url.replace("redis+socket", "unix"),
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2} if not url.startswith("unix") else {},
    }


CACHES = {"default": _cache(CACHE_URL)}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Celery. The job ledger in PostgreSQL is the truth; messages carry ids only.
CELERY_BROKER_URL = BROKER_URL
# A message is acknowledged when it arrives: what a killed worker held is queued again from the ledger, not by the
# broker, and a late acknowledgement to a broker that went away meanwhile takes the whole worker down.
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Without max_retries a publisher waits for ever for a broker that is down.
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"max_retries": 0}
if BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"visibility_timeout": 3600, "socket_connect_timeout": 2}
CELERY_TASK_PUBLISH_RETRY = False
# Housekeeping waits for no heavy work; a job's own queue is named when it is published.
CELERY_TASK_ROUTES = {
    name: {"queue": "io"} for name in ("jobs.sweep", "registry.maintain", "catalog.clean", "cases.tend", "cases.clean")
}
CELERY_BEAT_SCHEDULE = {
    # A round that nobody had time for is worth nothing: the next one sees the same.
    "jobs-sweep": {
        "task": "jobs.sweep",
        "schedule": env.float("JOBS_SWEEP_SECONDS", default=10.0),
        "options": {"expires": 30},
    },
    "registry-maintain": {"task": "registry.maintain", "schedule": 60.0},
    "catalog-clean": {"task": "catalog.clean", "schedule": 6 * 3600.0},
    "rights-clean": {"task": "rights.clean", "schedule": 6 * 3600.0},
    "rights-expire": {"task": "rights.expire", "schedule": 24 * 3600.0},
    # A round that nobody had time for is worth nothing: the next one sees the same.
    "cases-tend": {"task": "cases.tend", "schedule": 60.0, "options": {"expires": 60}},
    "cases-clean": {"task": "cases.clean", "schedule": 6 * 3600.0},
    "monitoring-visit-folders": {
        "task": "monitoring.visit_folders",
        "schedule": env.float("MONITORING_VISIT_SECONDS", default=60.0),
        "options": {"expires": 60},
    },
    "monitoring-digest": {
        "task": "monitoring.digest",
        "schedule": crontab(hour=env.int("MONITORING_DIGEST_HOUR", default=6), minute=0),
    },
    "monitoring-clean": {"task": "monitoring.clean", "schedule": 6 * 3600.0},
}
# What was checked and never registered holds its place for so many days; the end is announced so many days before.
RIGHTS_CLAIM_DAYS = env.int("RIGHTS_CLAIM_DAYS", default=90)
RIGHTS_CLAIM_NOTICE_DAYS = env.int("RIGHTS_CLAIM_NOTICE_DAYS", default=14)
JOBS_HEARTBEAT_TIMEOUT_SECONDS = env.float("JOBS_HEARTBEAT_TIMEOUT_SECONDS", default=60.0)
# A job that no broker took is published again after the first, one that waits with a broker after the second (each
# time after twice as long: a broker that lost its queue is rare, a long queue is not).
JOBS_REPUBLISH_AFTER_SECONDS = env.float("JOBS_REPUBLISH_AFTER_SECONDS", default=15.0)
JOBS_REDELIVER_AFTER_SECONDS = env.float("JOBS_REDELIVER_AFTER_SECONDS", default=60.0)
# Further modules with job handlers, for tests.
JOBS_EXTRA_HANDLER_MODULES = env.list("JOBS_EXTRA_HANDLER_MODULES", default=[])

# Ways, besides the address, in which a request may name its tenant (dotted paths, first answer wins).
TENANT_RESOLVERS = ["apps.accounts.services.api_keys.tenant_of_api_key"]

# Accounts: e-mail log-in, django-allauth underneath.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", default="optional")
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "apps.accounts.forms.SignupForm"}
ACCOUNT_PREVENT_ENUMERATION = True
# Guessing of passwords is axes' business, which counts in the database and has a page for it.
ACCOUNT_RATE_LIMITS = {"login_failed": None}
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_USERNAME_FORM_FIELD = "login"
PASSWORD_MIN_LENGTH = 10
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# smtp+tls://user:password@host:587 in production; the terminal shows mail in development.
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Descant <no-reply@localhost>")

# Language and time.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files are built into static/dist; nothing of it is committed.
STATIC_URL = "/static/"
STATICFILES_DIRS = [("", BASE_DIR / "static" / "dist")] if (BASE_DIR / "static" / "dist").is_dir() else []
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))

# Files: private, on disk or in S3; never served by the web server itself.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "media")))
# Copies of the registry's index that a machine's workers map; may be deleted at any time. Empty: none are made.
REGISTRY_SEGMENT_DIR = env.str("REGISTRY_SEGMENT_DIR", default=str(BASE_DIR / "segments"))
_s3_bucket = env.str("AWS_STORAGE_BUCKET_NAME", default="")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if _s3_bucket:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _s3_bucket,
            "endpoint_url": env.str("AWS_S3_ENDPOINT_URL", default=None),
            "region_name": env.str("AWS_S3_REGION_NAME", default=None),
            "default_acl": None,
            "querystring_auth": True,
            "querystring_expire": 300,
            "file_overwrite": False,
        },
    }
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=1024**3)
# Long recordings: larger, and only where they are received (by URL name).
MONITORING_MAX_BYTES = env.int("MONITORING_MAX_BYTES", default=8 * 1024**3)
MONITORING_MAX_HOURS = env.float("MONITORING_MAX_HOURS", default=24.5)
UPLOAD_LIMITS = {"monitoring:new": MONITORING_MAX_BYTES, "api:monitoring_recordings": MONITORING_MAX_BYTES}
# Chunks of one recording that are compared at the same time; with 1 it is done without further threads.
MONITORING_CHUNKS_AT_ONCE = env.int("MONITORING_CHUNKS_AT_ONCE", default=2)
# Buckets whose objects organisations may have fetched: "name" (each below a folder named by its id) or "name=slug"
# (that organisation alone, everything in it).
MONITORING_BUCKETS = env.list("MONITORING_BUCKETS", default=[])
MONITORING_S3_ENDPOINT_URL = env.str("MONITORING_S3_ENDPOINT_URL", default=env.str("AWS_S3_ENDPOINT_URL", default=""))
MONITORING_S3_REGION_NAME = env.str("MONITORING_S3_REGION_NAME", default=env.str("AWS_S3_REGION_NAME", default=""))
# Without buckets: whether organisations may watch their folder incoming/<id>/ of the storage.
MONITORING_LOCAL_FOLDER = env.bool("MONITORING_LOCAL_FOLDER", default=DEBUG)
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "apps.core.upload_handlers.LimitedTemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024**2
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024**2
FILE_UPLOAD_TEMP_DIR = env.str("FILE_UPLOAD_TEMP_DIR", default=None)

# Security.
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Recordings in an object store are played from its signed addresses.
_s3_endpoint = env.str("AWS_S3_ENDPOINT_URL", default="").rstrip("/") or "https://*.amazonaws.com"
_media_origins = [_s3_endpoint] if _s3_bucket else []
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # The nonce is for the style element that wavesurfer puts into its shadow root.
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:", *_media_origins],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.api.authentication.ApiKeyAuthentication",
        "apps.api.authentication.OrganisationSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.api.permissions.TenantPermission"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "apps.api.pagination.CreatedCursorPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "apps.api.problems.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["apps.api.throttling.KeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"api": env.str("API_RATE", default="600/min")},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_VERSIONING_CLASS": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Descant API",
    "DESCRIPTION": "Register recordings, check them against the shared registry, read the evidence.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.api.schema.describe_conventions",
    ],
    "ENUM_NAME_OVERRIDES": {
        "TrackStatus": "apps.catalog.models.TrackStatus",
        "RecordingState": "apps.catalog.models.AssetState",
        "JobState": "apps.jobs.models.JobState",
        "CheckState": "apps.rights.models.CheckState",
        "MatchState": "apps.rights.models.MatchState",
        "RegistrationState": "apps.rights.models.RegistrationState",
        "SubjectKind": "apps.rights.models.SubjectKind",
        "Facet": "apps.rights.models.Facet",
        "CaseState": "apps.cases.models.CaseState",
        "CaseEntryKind": "apps.cases.models.EntryKind",
        "CaseExportKind": "apps.cases.models.ExportKind",
        "CaseFileState": "apps.cases.models.FileState",
        "CaseParty": "apps.cases.api.serializers.BY",
        "DeadlineState": "apps.cases.models.DeadlineState",
        "ProposalKind": "apps.cases.models.ProposalKind",
        "ProposalState": "apps.cases.models.ProposalState",
        "TrackCreditRole": "apps.catalog.models.CreditRole",
        "WorkCreditRole": "apps.catalog.models.WorkRole",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"structured": {"()": "apps.core.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # They log every table and glyph of every PDF.
        "fontTools": {"level": "ERROR"},
        "fpdf": {"level": "ERROR"},
    },
}
