"""The environment, read once: the only file of the service that reads `os.environ`.

Every setting an operator may change is one attribute here, with a working default; `docs/service.md` lists them. A
value that cannot be used is refused at start, by name.
"""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import quote

import environ
from django.core.exceptions import ImproperlyConfigured

from grader.broker import folder_url

ROOT = Path(__file__).resolve().parents[2]

_env = environ.Env()


def _positive(name: str, default: int) -> int:
    value = _env.int(name, default=default)
    if value <= 0:
        raise ImproperlyConfigured(f"{name} must be a whole number above 0; it is {value}.")
    return value


def _secret(name: str) -> str:
    return os.environ.get(name, "")  # read plainly: django-environ takes a value that begins with $ for another name


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


def _folder(name: str, default: Path) -> Path:
    return Path(_env.str(name, default=str(default))).expanduser().resolve()


def _database() -> dict:
    """Return Django's settings for the database. Raises ImproperlyConfigured for one that we do not support."""
    database = _env.db_url("DATABASE_URL", default=f"sqlite:///{quote(str(VAR / 'assay.sqlite3'))}")
    if database.get("ENGINE") not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:/// or postgresql://.")
    return database


VAR = _folder("ASSAY_VAR", ROOT / "var")  # everything the service writes, unless another setting says otherwise
ARCHIVES = _folder("ASSAY_ARCHIVES", VAR / "archives")
SUITES = _folder("ASSAY_SUITES", ROOT / "test_suites")

SECRET_KEY = _secret("SECRET_KEY")
ALLOWED_HOSTS = _env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = _env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_HTTPS_PROXY = _env.bool("BEHIND_HTTPS_PROXY", default=False)
DATABASE = _database()
BROKER_URL = _env.str("BROKER_URL", default=folder_url(VAR / "broker"))
CACHE = _env.cache_url("CACHE_URL", default="locmemcache://")
LOG_LEVEL = _env.str("LOG_LEVEL", default="INFO")

WEBHOOK_SECRETS = [secret for secret in _secret("ASSAY_WEBHOOK_SECRETS").split(",") if secret]
GITHUB_APPS = _github_apps()
OIDC_APPS = _oidc_apps()
STAFF_SECOND_FACTOR = _env.bool("ASSAY_STAFF_SECOND_FACTOR", default=False)
CLONE_URL = _env.str("ASSAY_CLONE_URL", default="https://github.com/{full_name}.git")
CLONE_FROM_PRIVATE_NETWORK = _env.bool("ASSAY_CLONE_FROM_PRIVATE_NETWORK", default=False)
FETCH_TOKEN = _secret("ASSAY_FETCH_TOKEN")
FETCH_TRIES = _positive("ASSAY_FETCH_TRIES", 5)

DISPATCH_WINDOW = _positive("ASSAY_DISPATCH_WINDOW", 16)
DISPATCH_SECONDS = _positive("ASSAY_DISPATCH_SECONDS", 900)
LEASE_SECONDS = _positive("ASSAY_LEASE_SECONDS", 60)
RUN_SECONDS = _positive("ASSAY_RUN_SECONDS", 1800)
RUN_TRIES = _positive("ASSAY_RUN_TRIES", 3)
TICK_SECONDS = _positive("ASSAY_TICK_SECONDS", 10)
STUDENT_RUNS_PER_HOUR = _positive("ASSAY_STUDENT_RUNS_PER_HOUR", 30)


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
