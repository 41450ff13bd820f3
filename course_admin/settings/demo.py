"""Settings of `manage.py demo`: the production pages, on one machine, without TLS and without a server to install."""

from course_admin.settings import env
from course_admin.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = env.local_secret_key()
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None  # served from where they lie; nothing is collected
