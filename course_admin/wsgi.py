"""The entry of a web server: `gunicorn course_admin.wsgi`, with the settings of production unless others are named."""

from django.core.wsgi import get_wsgi_application

from course_admin.settings.choice import choose_settings

choose_settings()

application = get_wsgi_application()
