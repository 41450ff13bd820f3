"""What every installation shares. Nothing here is a secret, and nothing here reads the environment itself."""

from pathlib import Path

from course_admin.languages.folders import locale_folders
from course_admin.settings import env

INSTALLED_APPS = [
    "course_admin.apps.AssayConfig",
    "course_admin.apps.AssayAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "course_admin.liveness",
    "course_admin.identity",
    "course_admin.courses",
    "course_admin.audit_log",
    "course_admin.invitations",
    "course_admin.assignments",
    "course_admin.submissions",
    "course_admin.manual_grading",
    "course_admin.gradebook",
    "course_admin.review",
    "course_admin.discussion",
    "course_admin.notifications",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "course_admin.integrations.github",
    "course_admin.integrations.outbox",
    "course_admin.integrations.canvas",
    "course_admin.api",
    "course_admin.integrations.lti",
    "course_admin.integrations.gradescope",
]
if env.SAML_APPS:  # its packages are an extra
    INSTALLED_APPS.append("allauth.socialaccount.providers.saml")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "course_admin.web.gzipped.GzippedPages",
    "course_admin.languages.own.BrowserLanguage",  # before whatever answers with a page: else it has its predecessor's
    "course_admin.web.security.ContentSecurityPolicy",
    "course_admin.web.visible.VisibleCharacters",
    "course_admin.web.malformed.MalformedRequests",
    "course_admin.web.hooks.HooksFirst",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "course_admin.languages.own.OwnLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "course_admin.identity.second_factor.RequireSecondFactor",
    "course_admin.student.viewing.middleware.ViewAsStudent",
    "course_admin.identity.guards.connecting.ConnectByPost",
]

ROOT_URLCONF = "course_admin.urls"
WSGI_APPLICATION = "course_admin.wsgi.application"
FORM_RENDERER = "course_admin.web.labels.PlainLabels"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,  # the project is the first app: named as a folder as well, its templates would extend themselves
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "course_admin.back_office.site.back_office",
            ],
        },
    },
]

DATABASES = {"default": {**env.DATABASE, "ATOMIC_REQUESTS": False}}
if DATABASES["default"]["ENGINE"].endswith("sqlite"):
    env.VAR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # A writer takes its lock when the transaction opens: upgrading a reader's lock later fails at once, whatever
        # the timeout. Source: SQLite documentation, "Isolation" and "Write-Ahead Logging".
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # A server that hangs, or a network that swallows what is sent, ends a connection; it holds no thread for ever.
    DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5, "tcp_user_timeout": 20_000, "keepalives_idle": 30}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.CACHE}

SECRET_KEY = env.SECRET_KEY
ALLOWED_HOSTS = env.ALLOWED_HOSTS
CSRF_TRUSTED_ORIGINS = env.CSRF_TRUSTED_ORIGINS
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600  # seconds
AUTH_USER_MODEL = "identity.User"
# Passwords are Django's; allauth adds log-ins elsewhere and second factors. Nobody makes an account without a roster's place.
ACCOUNT_ADAPTER = "course_admin.identity.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
SOCIALACCOUNT_EMAIL_REQUIRED = False
SOCIALACCOUNT_ADAPTER = "course_admin.invitations.adapters.InvitingAdapter"
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address elsewhere never opens an account here
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that leads to another host is what our policy forbids browsers
SOCIALACCOUNT_PROVIDERS = {
    "github": {"APPS": env.GITHUB_APPS, "SCOPE": ["read:user", "user:email"]},
    "openid_connect": {"APPS": env.OIDC_APPS},
    "saml": {"APPS": env.SAML_APPS, "provider_class": "course_admin.identity.saml.provider.StrictProvider"},
}
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # ours are kinder to who shares an address: identity/guards/guesses.py
MFA_ADAPTER = "course_admin.identity.guards.codes.EncryptingAdapter"
MFA_FORMS = {
    "authenticate": "course_admin.identity.guards.codes.AuthenticateForm",
    "reauthenticate": "course_admin.identity.guards.codes.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Assay"
MFA_TOTP_TOLERANCE = 1  # of half a minute, for clocks that differ

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
DATA_UPLOAD_MAX_NUMBER_FILES = 500  # of one request: loose files of a submission are chosen by hand
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

USE_TZ = True
TIME_ZONE = "UTC"  # stored and computed in UTC; a course shows its own zone
USE_I18N = True
LANGUAGE_CODE = "en-gb"  # of the sources; of mails to whoever chose no language, of logs and commands
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]  # docs/translating.md: how another one is added
LOCALE_PATHS = locale_folders()

STATIC_URL = "static/"
STATIC_ROOT: Path | None = env.VAR / "static"
STATICFILES_DIRS = [env.ROOT / "course_admin" / "static"]

EMAIL_BACKEND = env.MAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = env.MAIL.get("EMAIL_HOST", ""), env.MAIL.get("EMAIL_PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.MAIL.get("EMAIL_HOST_USER", ""), env.MAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = env.MAIL.get("EMAIL_USE_TLS", False), env.MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.MAIL_FROM

# The service's own settings; docs/settings.md says what each is for.
ASSAY_INSTITUTION = env.INSTITUTION
ASSAY_SITE_URL = env.SITE_URL
ASSAY_ARCHIVES = env.ARCHIVES
ASSAY_SUITES = env.SUITES
ASSAY_BROKER_URL = env.BROKER_URL
ASSAY_WEBHOOK_SECRETS = env.WEBHOOK_SECRETS
ASSAY_GITHUB_APP_ID = env.GITHUB_APP_ID
ASSAY_GITHUB_APP_KEY = env.GITHUB_APP_KEY
ASSAY_GITHUB_SECONDS = env.GITHUB_SECONDS
ASSAY_GITHUB_API_URL = env.GITHUB_API_URL
ASSAY_CLONE_URL = env.CLONE_URL
ASSAY_CLONE_FROM_PRIVATE_NETWORK = env.CLONE_FROM_PRIVATE_NETWORK
ASSAY_FETCH_TOKEN = env.FETCH_TOKEN
ASSAY_FORGES = env.FORGES
ASSAY_PUBLIC_HOSTS = env.PUBLIC_HOSTS
ASSAY_FETCH_TRIES = env.FETCH_TRIES
ASSAY_SEED_KEY = env.SEED_KEY
ASSAY_RECEIPT_KEY = env.RECEIPT_KEY
ASSAY_TRUSTED_PROXIES = env.TRUSTED_PROXIES
ASSAY_STAFF_SECOND_FACTOR = env.STAFF_SECOND_FACTOR
ASSAY_MAX_IN_FLIGHT = env.MAX_IN_FLIGHT
ASSAY_QUEUE_TTL_SECONDS = env.QUEUE_TTL_SECONDS
ASSAY_LEASE_SECONDS = env.LEASE_SECONDS
ASSAY_RUN_SECONDS = env.RUN_SECONDS
ASSAY_RUN_TRIES = env.RUN_TRIES
ASSAY_TICK_SECONDS = env.TICK_SECONDS
ASSAY_DATABASE_CLOCK = True  # times are the database's, on whatever machine; tests stop their own
ASSAY_STUDENT_RUNS_PER_HOUR = env.STUDENT_RUNS_PER_HOUR
ASSAY_POLL_SECONDS = env.POLL_SECONDS
ASSAY_POLL_BATCH = env.POLL_BATCH
ASSAY_CANVAS_TOKENS = env.CANVAS_TOKENS
ASSAY_CANVAS_COURSE_HOSTS = env.CANVAS_COURSE_HOSTS
ASSAY_CANVAS_PRIVATE_HOSTS = env.CANVAS_PRIVATE_HOSTS
ASSAY_LTI_PRIVATE_HOSTS = env.LTI_PRIVATE_HOSTS
ASSAY_LMS_SYNC_SECONDS = env.LMS_SYNC_SECONDS

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"events": {"()": "course_admin.log_format.OneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"handlers": ["stderr"], "level": env.LOG_LEVEL},
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpcore")},  # each request is no event of ours
}
LOGGING_CONFIG = "logging.config.dictConfig"
