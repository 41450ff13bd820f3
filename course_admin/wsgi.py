"""The entry of a web server: `gunicorn course_admin.wsgi`, with the settings that DJANGO_SETTINGS_MODULE names."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "course_admin.settings.dev")

application = get_wsgi_application()
