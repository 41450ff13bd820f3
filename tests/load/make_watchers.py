"""Log in students of a load test's course: `python -m tests.load.make_watchers COUNT` prints their session cookies as JSON.

A program of its own, as make_course is: the database is the one that its environment names.
"""

import json
import sys

import django

from tests.load.make_course import login


def make_watchers(count: int) -> list[str]:
    """Give the first students accounts, and return the cookie of a session of each."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from course_admin.courses.models import Enrollment
    from course_admin.identity.models import User

    cookies = []
    for number in range(count):
        account = User(email=f"{login(number)}@accounts.example", name=login(number))
        account.set_unusable_password()
        account.save()
        Enrollment.objects.filter(github_login=login(number)).update(account=account)
        session = SessionStore()
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.save()
        cookies.append(session.session_key)
    return cookies


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(make_watchers(int(sys.argv[1]))))
