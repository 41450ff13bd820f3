"""The Celery workers of the queues `grade` and `check`: no Django, no database, no credentials. Side: worker.

Imports the supervisor and everything below; nothing of the engine imports it.
"""
