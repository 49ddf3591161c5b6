"""All settings, all from the environment. An integration without settings is off, not broken."""

import os
import sys
from pathlib import Path

from salesagent.lib import env as environment
from salesagent.wiring import (  # noqa: F401  looked up by name through lib.registry
    ASSIGN_LOADS,
    CARRIED,
    CHANNELS,
    CLASSIFIERS,
    COACH,
    CONNECTION_CHECKS,
    CONNECTIONS,
    CRMS,
    DIGEST,
    ENRICHERS,
    ERASE_AGAIN,
    HANDOVERS,
    HOLDS,
    LEAD_COMPOSER,
    LEAD_LOOKS,
    LEAD_NEXT_STEP,
    LEAD_PANELS,
    LEAD_SLOT_WORDS,
    LEAD_STEPS,
    LEAD_THREAD_FACTS,
    LEAD_WAITING,
    LEADS_ANEW,
    LEADS_ASSIGNED,
    MEMBERS_CHANGED,
    NAV_COUNTS,
    NOTICE_LEADS,
    NOTICE_LINKS,
    OAUTH,
    PASSWORD_CARDS,
    PLAYBOOK,
    PROFILE_CARDS,
    REACTIONS,
    SCHEDULES,
    SOURCES,
    START_PAGES,
    TICKS,
    TRANSPORTS,
    UNDOS,
    WATCHES,
    WRITERS,
)

BASE_DIR = Path(__file__).resolve().parent.parent
env = environment.load(BASE_DIR)

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
BENCH = env.bool("BENCH", default=False)
SECRET_KEY = environment.secret_key(env, debug=DEBUG)
DATA_DIR = environment.data_dir(env, BASE_DIR)
_restored = environment.restored_keys(DATA_DIR)  # docs/backup.md
SECRET_KEY_FALLBACKS = [
    key
    for key in [*env.list("SECRET_KEY_FALLBACKS", default=[]), *_restored["secret_keys"]]
    if key != SECRET_KEY
]
DATA_KEYS = list(dict.fromkeys([*env.list("DATA_KEYS", default=[]), *_restored["data_keys"]]))
HASH_KEY = _restored["hash_key"] or env.str("HASH_KEY", default=SECRET_KEY)

USUAL_SITE_URL = "http://127.0.0.1:8000"  # as good as none: `run` puts its own port in
SITE_URL = env.str("SITE_URL", default=USUAL_SITE_URL).rstrip("/")
SECURE = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_q",
    "salesagent.lib",
    "salesagent.accounts",
    "leads",
    "outreach",
    "coaching",
    "analytics",
    "salesagent.api",
    "salesagent",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "salesagent.middleware.RequestId",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "salesagent.middleware.UserTimeZone",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "salesagent.urls"
WSGI_APPLICATION = "salesagent.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "salesagent.context.page",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["salesagent.templatetags.ui", "salesagent.templatetags.links"],
        },
    }
]
if DEBUG:
    TEMPLATES[0]["OPTIONS"]["loaders"] = TEMPLATES[0]["OPTIONS"]["loaders"][0][1]  # type: ignore[index]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- database: SQLite tuned as measured (RUNTIME.md section 3), or any DATABASE_URL ---
DATABASES = {"default": environment.database(env, DATA_DIR)}
DATABASES["default"]["CONN_MAX_AGE"] = None
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-1024;"
            "PRAGMA journal_size_limit=16777216;PRAGMA recursive_triggers=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- queue (lib.cluster runs it as threads; stock qcluster elsewhere) ---
WORKERS = env.int("WORKERS", default=2)
Q_CLUSTER = {
    "name": "salesagent",
    "orm": "default",
    "workers": max(WORKERS, 1),
    "queue_limit": max(WORKERS, 1),
    "bulk": 1,
    "timeout": 600,
    "retry": 1500,  # must exceed timeout * (queue_limit / workers + 1)
    "ack_failures": True,
    "max_attempts": 3,
    "save_limit": -1,
    "poll": 0.5,
    "guard_cycle": 5,
    "catch_up": False,
    "recycle": 500,
    "label": "Queue",
}

# --- people and passwords ---
PASSWORD_HASHERS = [
    "salesagent.accounts.hashers.SmallArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "salesagent.accounts.views.login.locked_out"
AXES_IPWARE_PROXY_COUNT = 1 if BEHIND_PROXY else 0
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if BEHIND_PROXY else ["REMOTE_ADDR"]
)
AXES_VERBOSE = False
PASSWORD_RESET_TIMEOUT = 3600 * 4
INVITATION_DAYS = 7

# --- sessions and headers ---
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "salesagent_session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "salesagent_csrf"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=SECURE and BEHIND_PROXY)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- files ---
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env.bool("PLAIN_STATIC", default="pytest" in sys.modules)
        else "salesagent.static_storage.Storage"
    },
}
MEDIA_ROOT = DATA_DIR / "media"
BACKUPS_KEPT = env.int("BACKUPS_KEPT", default=7)
UPLOAD_LIMIT = env.int("UPLOAD_LIMIT_MB", default=15) * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MAIL_SIZE_LIMIT = env.int("MAIL_SIZE_LIMIT_MB", default=5) * 1024 * 1024

# --- mail of the system itself (invitations, password reset); sales mail goes through mailboxes ---
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "salesagent.mail.SystemMailbox"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="SalesAgent <noreply@localhost>")
EMAIL_TIMEOUT = 20

# --- language, time ---
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- sending ---
UNDO_SECONDS = env.int("UNDO_SECONDS", default=20)
SEND_LEASE_SECONDS = 300
SEND_BATCH = 20
ALLOW_PRIVATE_MAIL_HOSTS = env.bool("ALLOW_PRIVATE_MAIL_HOSTS", default=True)
# hosts in the own network that webhooks may go to: "host" or "host:port"
WEBHOOK_HOSTS = env.list("WEBHOOK_HOSTS", default=[])
WRITER = env.str("WRITER", default="template")
CLASSIFIER = env.str("CLASSIFIER", default="local")
# onnx, transformers (optional package), off: then words alone decide (docs/understanding.md)
NLP_BACKEND = env.str("NLP_BACKEND", default="onnx")
# Where services are reached; `SERVICE_URLS` (JSON) overrides single ones, for tests and proxies.
SERVICE_URLS = {
    "gmail": "https://gmail.googleapis.com",
    "google_auth": "https://accounts.google.com/o/oauth2/v2/auth",
    "google_token": "https://oauth2.googleapis.com/token",
    "google_revoke": "https://oauth2.googleapis.com/revoke",
    "google_sheets": "https://sheets.googleapis.com",
    "google_drive": "https://www.googleapis.com",
    "hubspot": "https://api.hubapi.com",
    "hubspot_auth": "https://app.hubspot.com/oauth/authorize",
    "pdl": "https://api.peopledatalabs.com",
    "clearbit": "https://{}.clearbit.com",
    "calendly": "https://api.calendly.com",
    "twilio": "",  # empty: the client's own hosts
    "twilio_content": "https://content.twilio.com",
    **env.json("SERVICE_URLS", default={}),
}
GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", default="")
HUBSPOT_CLIENT_ID = env.str("HUBSPOT_CLIENT_ID", default="")
HUBSPOT_CLIENT_SECRET = env.str("HUBSPOT_CLIENT_SECRET", default="")
DNS_SERVERS = env.list("DNS_SERVERS", default=[])  # empty: the machine's own
# A click so soon after sending is asked about once more: scanners come first (docs/mail.md)
CLICK_QUIET_SECONDS = env.int("CLICK_QUIET_SECONDS", default=60)
CALENDAR_LINK = env.str("CALENDAR_LINK", default="")
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=300)  # of each token

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "salesagent.lib.request_id.AddRequestId"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(request_id)s %(name)s %(message)s"}
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]}
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django-q": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # answered with 400
    },
}

os.environ.setdefault("OMP_NUM_THREADS", "1")
