"""The Django project: one app per noun, settings, addresses, and the Celery app that its tasks belong to."""
