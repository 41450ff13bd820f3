"""Settings for one developer's machine: a key of its own, full error pages, nothing to install; for nobody else to see."""

from course_admin.settings import env
from course_admin.settings.base import *  # noqa: F403
from course_admin.settings.base import MIDDLEWARE

DEBUG = True
SECRET_KEY = env.local_secret_key()
env.require_loopback_only()
ALLOWED_HOSTS = env.LOOPBACK
MIDDLEWARE = ["course_admin.web.loopback.LoopbackOnly", *MIDDLEWARE]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None  # served from where they lie; nothing is collected
