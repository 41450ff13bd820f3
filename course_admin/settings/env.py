"""The environment, read once: the only file of the service that reads `os.environ`.

Every setting an operator may change is one attribute here, with a working default; `docs/settings.md` lists them. A
value that cannot be used is refused at start, by name.
"""

import contextlib
import os
import secrets
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from django.core.exceptions import ImproperlyConfigured

from course_admin.pages.institution import institution
from course_admin.settings import saml
from grader.transport.broker import folder_url

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ROOT = Path(__file__).resolve().parents[2]

_env = environ.Env()


def _positive(name: str, default: int, *, or_zero: bool = False) -> int:
    value = _env.int(name, default=default)
    if value < 0 or (value == 0 and not or_zero):
        words = "0 or a whole number above it" if or_zero else "a whole number above 0"
        raise ImproperlyConfigured(f"{name} must be {words}; it is {value}.")
    return value


def _secret(name: str) -> str:
    return os.environ.get(name, "")  # read plainly: django-environ takes a value that begins with $ for another name


def _forge(name: str) -> dict[str, Any]:
    """Return where a forge beside GitHub is, what it proves itself by, and the token that reads it."""
    url = _env.str(f"ASSAY_{name}_URL", default="").rstrip("/")
    secrets = [secret for secret in _secret(f"ASSAY_{name}_SECRETS").split(",") if secret]
    return {"url": url, "secrets": secrets, "token": _secret(f"ASSAY_{name}_TOKEN")}


def _github_apps() -> list[dict]:
    """Return the OAuth app by which people log in with GitHub; none if it is not configured."""
    client = _env.str("ASSAY_GITHUB_CLIENT_ID", default="")
    secret = _secret("ASSAY_GITHUB_CLIENT_SECRET")
    return [{"client_id": client, "secret": secret, "key": ""}] if client else []


def _oidc_apps() -> list[dict]:
    """Return the OpenID Connect provider by which people log in; none if it is not configured."""
    url = _env.str("ASSAY_OIDC_URL", default="")
    if not url:
        return []
    return [
        {
            "provider_id": "university",
            "name": _env.str("ASSAY_OIDC_NAME", default="your university"),
            "client_id": _env.str("ASSAY_OIDC_CLIENT_ID"),
            "secret": _secret("ASSAY_OIDC_CLIENT_SECRET"),
            "settings": {"server_url": url},
        }
    ]


def saml_apps() -> list[dict]:
    """Return the SAML identity provider by which people log in; none if it is not configured."""
    entity_id = _env.str("ASSAY_SAML_ENTITY_ID", default="")
    if not entity_id:
        return []
    saml.require_package()
    provider = saml.identity_provider(
        entity_id=entity_id,
        metadata_url=_env.str("ASSAY_SAML_METADATA_URL", default=""),
        sso_url=_env.str("ASSAY_SAML_SSO_URL", default=""),
        certificate=_env.str("ASSAY_SAML_CERTIFICATE", default=""),
    )
    attributes = {  # as eduPerson names them
        "uid": _env.str("ASSAY_SAML_UID_ATTRIBUTE", default="urn:oasis:names:tc:SAML:attribute:subject-id"),
        "email": _env.str("ASSAY_SAML_EMAIL_ATTRIBUTE", default="urn:oid:0.9.2342.19200300.100.1.3"),
        "name": _env.str("ASSAY_SAML_NAME_ATTRIBUTE", default="urn:oid:2.16.840.1.113730.3.1.241"),
    }
    name = _env.str("ASSAY_SAML_NAME", default="your university")
    domains = _env.list("ASSAY_SAML_EMAIL_DOMAINS", default=[])
    return [saml.app(name=name, provider=provider, attributes=attributes, email_domains=domains)]


def _key_of_32_bytes(name: str) -> bytes:
    """Return a key that is written in base64; none, if it is not set. A refusal does not show it."""
    text = _secret(name).strip()
    try:
        key = b64decode(text, validate=True)
    except ValueError:
        key = b"no key"
    if len(key) not in (0, 32):
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64, 44 characters.")
    return key


def _pem(name: str) -> str:
    """Return a private key as a PEM file holds it: written with \\n for its line ends, or as its base64 on one line."""
    text = _secret(name).strip()
    if text and not text.startswith("-----BEGIN "):
        with contextlib.suppress(ValueError):  # what is neither is refused by the check that reads it
            text = b64decode(text, validate=True).decode()
    return text.replace("\\n", "\n")


def _tokens(name: str) -> dict[str, str]:
    """Return the token of each host of HOST=TOKEN,HOST=TOKEN. A refusal shows none of them."""
    pairs = [pair.strip().partition("=") for pair in _secret(name).split(",") if pair.strip()]
    if not all(host and token for host, _, token in pairs):
        raise ImproperlyConfigured(f"{name} must read HOST=TOKEN, for each host, separated by commas.")
    return {host.strip().lower(): token.strip() for host, _, token in pairs}


def _folder(name: str, default: Path) -> Path:
    return Path(_env.str(name, default=str(default))).expanduser().resolve()


def _cache() -> dict:
    """Return Django's settings for the cache; a Redis that is away is in nobody's way."""
    cache = _env.cache_url_config(_env.str("CACHE_URL", default="") or "locmemcache://")
    if cache.get("BACKEND", "").endswith((".RedisCache", ".redis.RedisCache")):
        cache["BACKEND"] = "course_admin.caches.SteadyRedisCache"
    return cache


def _database() -> dict:
    """Return Django's settings for the database. Raises ImproperlyConfigured for one that we do not support."""
    url = _env.str("DATABASE_URL", default="") or f"sqlite:///{quote(str(VAR / 'assay.sqlite3'))}"
    database = _env.db_url_config(url)
    if database.get("ENGINE") == "django.db.backends.sqlite3":
        database["ENGINE"] = "course_admin.private_sqlite"
    if database.get("ENGINE") not in ("course_admin.private_sqlite", "django.db.backends.postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:/// or postgresql://.")
    return database


def site_url(hosts: list[str]) -> str:
    """Return the address of the service where it is not set: that of its first host, or of this machine."""
    named = [host for host in hosts if not host.startswith((".", "*")) and host not in LOOPBACK]
    return f"https://{named[0]}" if named else "http://localhost:8000"


VAR = _folder("ASSAY_VAR", ROOT / "var")  # everything the service writes, unless another setting says otherwise
ARCHIVES = _folder("ASSAY_ARCHIVES", VAR / "archives")
SUITES = _folder("ASSAY_SUITES", ROOT / "test_suites")

INSTITUTION = institution(_env.str("ASSAY_INSTITUTION", default=""))
SECRET_KEY = _secret("SECRET_KEY")
RECEIPT_KEY = _key_of_32_bytes("ASSAY_RECEIPT_KEY")  # signs receipts; never changed while one is to be checked
SEED_KEY = _secret("ASSAY_SEED_KEY")  # what runs draw their inputs from; never changed while grades count
ALLOWED_HOSTS = _env.list("ALLOWED_HOSTS", default=[])
SITE_URL = _env.str("ASSAY_SITE_URL", default="").rstrip("/") or site_url(
    ALLOWED_HOSTS
)  # where links in mails and at GitHub lead
CSRF_TRUSTED_ORIGINS = _env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_HTTPS_PROXY = _env.bool("BEHIND_HTTPS_PROXY", default=False)
TRUSTED_PROXIES = _positive("ASSAY_TRUSTED_PROXIES", 1 if BEHIND_HTTPS_PROXY else 0, or_zero=True)
DATABASE = _database()
WITHOUT_DATABASE = _env.bool("ASSAY_WITHOUT_DATABASE", default=False)
BROKER_URL = _env.str("BROKER_URL", default=folder_url(VAR / "broker"))
CACHE = _cache()
LOG_LEVEL = _env.str("LOG_LEVEL", default="INFO")

WEBHOOK_SECRETS = [secret for secret in _secret("ASSAY_WEBHOOK_SECRETS").split(",") if secret]
GITHUB_APPS = _github_apps()
GITHUB_APP_ID = _env.str("ASSAY_GITHUB_APP_ID", default="").strip()
GITHUB_APP_KEY = _pem("ASSAY_GITHUB_APP_KEY")
GITHUB_SECONDS = _positive("ASSAY_GITHUB_SECONDS", 10, or_zero=True)
GITHUB_API_URL = _env.str("ASSAY_GITHUB_API_URL", default="https://api.github.com").rstrip("/")
OIDC_APPS = _oidc_apps()
SAML_APPS = saml_apps()
MAIL = _env.email_url_config(_env.str("ASSAY_MAIL_URL", default="") or "consolemail://")
MAIL_FROM = _env.str("ASSAY_MAIL_FROM", default="Assay <assay@localhost>")
STAFF_SECOND_FACTOR = _env.bool("ASSAY_STAFF_SECOND_FACTOR", default=False)
CLONE_URL = _env.str("ASSAY_CLONE_URL", default="https://github.com/{full_name}.git")
CLONE_FROM_PRIVATE_NETWORK = _env.bool("ASSAY_CLONE_FROM_PRIVATE_NETWORK", default=False)
FETCH_TOKEN = _secret("ASSAY_FETCH_TOKEN")
#: Hosts of repositories that anybody can read, and that students name by their addresses.
PUBLIC_HOSTS = tuple(
    host.strip().lower()
    for host in os.environ.get("ASSAY_PUBLIC_HOSTS", "github.com,gitlab.com,codeberg.org,bitbucket.org").split(",")
    if host.strip()
)
FORGES = {"gitea": _forge("GITEA"), "gitlab": _forge("GITLAB")}
FETCH_TRIES = _positive("ASSAY_FETCH_TRIES", 5)

MAX_IN_FLIGHT = _positive("ASSAY_MAX_IN_FLIGHT", 16)
QUEUE_TTL_SECONDS = _positive("ASSAY_QUEUE_TTL_SECONDS", 900)
LEASE_SECONDS = _positive("ASSAY_LEASE_SECONDS", 60)
RUN_SECONDS = _positive("ASSAY_RUN_SECONDS", 7200)
RUN_TRIES = _positive("ASSAY_RUN_TRIES", 3)
TICK_SECONDS = _positive("ASSAY_TICK_SECONDS", 10)
STUDENT_RUNS_PER_HOUR = _positive("ASSAY_STUDENT_RUNS_PER_HOUR", 30)
POLL_SECONDS = _positive("ASSAY_POLL_SECONDS", 300, or_zero=True)
POLL_BATCH = _positive("ASSAY_POLL_BATCH", 50)
CANVAS_TOKENS = _tokens("ASSAY_CANVAS_TOKENS")
CANVAS_COURSE_HOSTS = [host.strip().lower() for host in _env.list("ASSAY_CANVAS_COURSE_HOSTS", default=[])]
CANVAS_PRIVATE_HOSTS = _env.list("ASSAY_CANVAS_PRIVATE_HOSTS", default=[])
LTI_PRIVATE_HOSTS = _env.list("ASSAY_LTI_PRIVATE_HOSTS", default=[])
LMS_SYNC_SECONDS = _positive("ASSAY_LMS_SYNC_SECONDS", 900, or_zero=True)


SERVE = _env.bool("SERVE", default=True)  # read by `manage.py demo` only


def inherited(*, without_settings: bool = False) -> dict[str, str]:
    """Return a copy of the environment, for a child process; without anybody's settings of this service if so asked."""
    ours = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE")
    keep = ("ASSAY_SANDBOX",)
    return {
        name: value
        for name, value in os.environ.items()
        if not without_settings or name in keep or not (name in ours or name.startswith("ASSAY_"))
    }


def require_secret_key() -> str:
    """Return the secret key. Raises ImproperlyConfigured without one, or with one too short to be secret."""
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("SECRET_KEY must be set to at least 50 random characters in production.")
    return SECRET_KEY


def require_servers() -> None:
    """Raise ImproperlyConfigured unless the database is named, and a cache that all web processes share."""
    if not _env.str("DATABASE_URL", default=""):
        raise ImproperlyConfigured(
            "DATABASE_URL must be set in production: postgresql://USER:PASSWORD@HOST/NAME, or sqlite:////a/file on purpose."
        )
    if CACHE["BACKEND"].rpartition(".")[2] in ("LocMemCache", "DummyCache"):
        raise ImproperlyConfigured(
            "CACHE_URL must name a cache that all web processes share, such as redis://HOST:6379/1: failed log-ins are "
            "counted in it."
        )


def require_loopback_only() -> None:
    """Raise ImproperlyConfigured if the environment names a host that the settings of development must not answer for."""
    public = [host for host in ALLOWED_HOSTS if host not in LOOPBACK]
    if public:
        raise ImproperlyConfigured(
            f"The settings of development show every secret on their error pages, and ALLOWED_HOSTS names {public[0]}: "
            "use course_admin.settings.production, the default of the web server, for it."
        )


def local_secret_key() -> str:
    """Return the secret key of this machine's own folder, made at first use, so that none is ever shared or committed."""
    if SECRET_KEY:
        return SECRET_KEY
    path = VAR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as fresh:  # created with mode 0600
            fresh.write(secrets.token_urlsafe(48))
            fresh.flush()
            with contextlib.suppress(FileExistsError):  # another process of the same start was faster: its key holds
                os.link(fresh.name, path)
    return path.read_text()
