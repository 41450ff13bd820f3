"""The service: courses, hand-ins, runs and grades. It holds the database and the credentials, and never runs student code."""

from course_admin.celery import app as celery_app

__all__ = ["celery_app"]
