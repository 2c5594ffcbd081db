"""Django's settings, all derived from `environment`: nothing else in the house reads the process's environment."""

import sys
from pathlib import Path

import pysqlite3

from camket.policy import languages

# The system's SQLite 3.40 can corrupt a database in WAL mode; the wheel carries a mended one. Before Django looks.
sys.modules["sqlite3"] = pysqlite3

from csp.constants import NONCE, NONE, SELF  # noqa: E402  # after the swap above, which must come first

from camket.config.environment import database, papers_folder, read_settings, regimes_folder  # noqa: E402  # after the swap above
from camket.config.homefile import FILE_NAME  # noqa: E402  # after the swap above
from camket.config.static_files import keep_at_home  # noqa: E402  # after the swap above
from camket.config.typed import as_typed  # noqa: E402  # after the swap above
from camket.config.webkey import web_key  # noqa: E402  # after the swap above

SETTINGS = read_settings()


def _value(name: str) -> str:
    return SETTINGS[name].value


CAMKET_HOME = Path(_value("CAMKET_HOME"))
CAMKET_HOME_FILE = CAMKET_HOME / FILE_NAME
CAMKET_SECRETS = CAMKET_HOME / "secrets"
CAMKET_CHECKPOINTS = CAMKET_HOME / "checkpoints"
CAMKET_BIND = _value("CAMKET_BIND")
CAMKET_STREAM_BIND = "" if _value("CAMKET_STREAM_BIND") == "off" else _value("CAMKET_STREAM_BIND")
CAMKET_URL = _value("CAMKET_URL").rstrip("/")
CAMKET_POLICY = Path(_value("CAMKET_POLICY"))
CAMKET_PAPERS = papers_folder()
CAMKET_REGIME_FILE = regimes_folder() / f"{_value('CAMKET_REGIME')}.toml"
CAMKET_CONTROLLER_EMAIL = _value("CAMKET_CONTROLLER_EMAIL")
CAMKET_STORED_IN = tuple(one.strip() for one in _value("CAMKET_STORED_IN").split(",") if one.strip())
CAMKET_SMTP_URL = _value("CAMKET_SMTP_URL")
CAMKET_IMAP_URL = _value("CAMKET_IMAP_URL")
CAMKET_MAILBOX_DAYS = int(_value("CAMKET_MAILBOX_DAYS"))
CAMKET_TRUSTED_PROXIES = tuple(p.strip() for p in _value("CAMKET_TRUSTED_PROXIES").split(",") if p.strip())
CAMKET_LOG = _value("CAMKET_LOG")
CAMKET_ANSWER_WAITS_SECONDS = int(_value("CAMKET_ANSWER_WAITS"))
CAMKET_SITE_NAME = _value("CAMKET_SITE_NAME").strip()
CAMKET_LETTERS_PER_DOMAIN = int(_value("CAMKET_LETTERS_PER_DOMAIN"))
CAMKET_OIDC_ISSUER = _value("CAMKET_OIDC_ISSUER")
CAMKET_OIDC_CLIENT_ID = _value("CAMKET_OIDC_CLIENT_ID")
CAMKET_OIDC_CLIENT_SECRET = _value("CAMKET_OIDC_CLIENT_SECRET")
CAMKET_OIDC_SECOND_FACTOR = _value("CAMKET_OIDC_SECOND_FACTOR")
# which channel asks the company's sign-in service; the pages know its shape (access/providers.py), and no channel by name
CAMKET_OIDC_PROVIDER = "camket.channels.identity.open_provider"
CAMKET_COMMAND = as_typed(sys.argv[0], folder=Path.cwd())  # in what people are told to type
# How much a request may bring, and how long it may take over it.
CAMKET_FORM_LIMIT_BYTES = 64 * 1024  # of what was written; how a browser writes it down may take several times as much
CAMKET_SMALL_BODY_BYTES = 96 * 1024  # what any form has that brings no files, and what is kept of one that is cut off
CAMKET_BODY_LIMIT_BYTES = 1024 * 1024
CAMKET_BODIES_AT_ONCE = 64  # larger than small ones, held at once in a process: with it, whoever opens a thousand connections fills no memory
CAMKET_BODY_DEADLINE_SECONDS = 15
# The contact form alone, where it comes in parts (docs/decisions/0025-attachments.md): files of one inquiry, and what was typed before them.
CAMKET_FILES_LIMIT_BYTES = 9 * 1024 * 1024
CAMKET_FILES_LET_BY_BYTES = 64 * 1024 * 1024
CAMKET_FILES_DEADLINE_SECONDS = 60
CAMKET_FILES_LET_BY_SECONDS = 240  # for what comes after it and is not kept: a form on a slow line comes back instead of being lost
CAMKET_FILES_AT_ONCE = 4
CAMKET_FILES_WORKED_ON = 2
CAMKET_WEB_THREADS = 8

SECRET_KEY, CAMKET_HOME_FAULT = web_key(CAMKET_SECRETS)
DEBUG = False
ALLOWED_HOSTS = ["*"]  # the host is checked by camket.web.kit.middleware against CAMKET_URL, with a page of its own
ROOT_URLCONF = "camket.config.urls"
WSGI_APPLICATION = "camket.config.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = languages.FIRST
LANGUAGES = list(languages.NAMES.items())
USE_I18N = True
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "web" / "kit" / "locale"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

DATABASES = {
    "default": database(_value("CAMKET_DATABASE_URL"), sqlite_file=CAMKET_HOME / "data.sqlite3", name="CAMKET_DATABASE_URL"),
    "keys": database(_value("CAMKET_KEYS_DATABASE_URL"), sqlite_file=CAMKET_HOME / "keys.sqlite3", name="CAMKET_KEYS_DATABASE_URL"),
}
DATABASE_ROUTERS = ["camket.config.databases.KeysApart"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "camket.editions",
    "camket.journal",
    "camket.vault",
    "camket.vault.keys",
    "camket.outbox",
    "camket.access",
    "camket.duties.catalogue",
    "camket.duties.notices",
    "camket.duties.intake",
    "camket.duties.retention",
    "camket.duties.special_cases",
    "camket.duties.publishing",
    "camket.web.kit",
    "camket.web.site",
    "camket.web.console",
]

MIDDLEWARE = [
    "camket.web.kit.observing.Observed",
    "camket.web.kit.middleware.KnownHost",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # says of frames what the policy of content says, to what reads only the old word
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "camket.web.kit.middleware.PathLanguage",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "csp.middleware.CSPMiddleware",
    "camket.web.kit.middleware.PlainRefusals",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "camket.web.kit.context.page"],
        },
    }
]

AUTH_USER_MODEL = "access.Staff"
PASSWORD_HASHERS = ["camket.access.passwords.Argon2id"]
AUTHENTICATION_BACKENDS = ["camket.access.backend.LinkBackend"]
SESSION_ENGINE = "camket.access.sessions"
_HTTPS = CAMKET_URL.startswith("https://")
# __Host-: a browser then takes it only over TLS, for this host alone and for all of it, whatever another host of the domain sets: a customer's
# website below the same domain could else lay the ticket of its own way in and have a colleague sign in as somebody else
SESSION_COOKIE_NAME = "__Host-camket_desk" if _HTTPS else "camket_desk"
CAMKET_DEVICE_COOKIE_NAME = "__Host-camket_device" if _HTTPS else "camket_device"
CAMKET_ERRAND_COOKIE_NAME = "__Host-camket_errand" if _HTTPS else "camket_errand"
CAMKET_HALF_WAY_COOKIE_NAME = "__Host-camket_half_way" if _HTTPS else "camket_half_way"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "camket_csrf"
CSRF_USE_SESSIONS = True  # no cookie before sign-in: the token rides in the staff's session, public forms carry their own
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
CSRF_FAILURE_VIEW = "camket.web.kit.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CAMKET_TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31536000 if _HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # not no-referrer: browsers then send Origin: null with our own forms
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = CAMKET_BODY_LIMIT_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 60
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]  # nothing a visitor sends touches the disk unsealed

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        # no script of ours writes markup from text: the browser refuses whatever would, and no policy may be made that lets it
        "require-trusted-types-for": ["'script'"],
        "trusted-types": [NONE],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 31536000  # assets carry a hash of their content in the query
WHITENOISE_MANIFEST_STRICT = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = keep_at_home

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": {"()": "camket.config.logs.AsText"}, "json": {"()": "camket.config.logs.AsJson"}},
    "filters": {"without_values": {"()": "camket.config.logs.WithoutValues"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": CAMKET_LOG, "filters": ["without_values"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "camket": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
