"""Settings for one developer's machine: a key of its own, full error pages, nothing to install."""

from course_admin.settings import env
from course_admin.settings.base import *  # noqa: F403

DEBUG = True
SECRET_KEY = env.local_secret_key()
ALLOWED_HOSTS = env.ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None  # served from where they lie; nothing is collected
