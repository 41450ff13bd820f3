"""Settings of a real installation: refuses to start without a secret key, a host name, a database and a shared cache."""

from django.core.exceptions import ImproperlyConfigured

from course_admin.settings import env
from course_admin.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = env.require_secret_key()
if not env.ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the host that students open, for example grade.example.edu.")
if env.WITHOUT_DATABASE:  # said on purpose, for the clock alone: any query is an error
    DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
else:
    env.require_servers()

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # to be preloaded by browsers is for the owner of the whole domain to decide
if env.BEHIND_HTTPS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
