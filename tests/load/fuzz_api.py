"""Ask the API everything its description allows, and much that it forbids: `python -m tests.load.fuzz_api [EXAMPLES]`.

Not part of the tests: it needs schemathesis 4, which is in no list of ours, and takes minutes. The service runs here, on a database
of its own, with a student who leads another course, and limits that are out of the way. It is asked twice: for whatever there may
be, and for what there is, so that what a call does is reached as well. Exit 1 if anything is found.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "course_admin.settings.test")
django.setup()

from django.db import connections  # noqa: E402 - models can be read once Django is set up
from django.test.testcases import LiveServerThread, _StaticFilesHandler  # noqa: E402
from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402
from django.utils import timezone  # noqa: E402

from course_admin.api.access import PerToken  # noqa: E402
from course_admin.api.tokens import make_token  # noqa: E402
from course_admin.celery import app  # noqa: E402
from course_admin.courses.models import Role  # noqa: E402
from course_admin.submissions.uploads import hand_in  # noqa: E402
from tests import factories  # noqa: E402


def fill() -> tuple[str, str]:
    """Make a course with a graded attempt; return the token of its student, and what to ask for, as schemathesis is told."""
    course, other = factories.make_course(), factories.make_course("other")
    student = factories.make_enrollment(course)
    for each in (course, other):
        factories.make_assignment(each)
    factories.make_enrollment(other, "led", Role.INSTRUCTOR, account=student.account)
    theirs = factories.make_enrollment(other, "jon")
    for person in (student, theirs):
        assignment = person.course.assignments.get()
        factories.graded(factories.make_attempt(person, assignment))
    scopes = {"read", "submit", "gradebook"}
    token = make_token(account=student.account, name="fuzz", scopes=scopes, days=1, at=timezone.now())[1]
    there = {
        "path.slug": course.slug,
        "path.assignment": course.assignments.get().slug,
        "path.id": student.attempts.get().public_id,
    }
    return token, "[parameters]\n" + "".join(f'"{name}" = "{value}"\n' for name, value in there.items())


def ask(address: str, options: list[str], told: str) -> int:
    """Ask everything once and return schemathesis's exit status; told: its configuration."""
    with tempfile.TemporaryDirectory() as scratch:  # where schemathesis keeps what it found
        (Path(scratch) / "schemathesis.toml").write_text(told)
        command = [sys.executable, "-m", "schemathesis.cli", "run", address, *options]
        return subprocess.run(command, check=False, cwd=scratch).returncode


def run(examples: int) -> int:
    """Run schemathesis against the service and return its worst exit status."""
    app.send_task = lambda *_told, **_more: None
    PerToken.allow_request = lambda *_told: True  # type: ignore[method-assign]
    hand_in.UPLOADS_AN_HOUR = 10**9
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    token, there = fill()
    server = LiveServerThread("127.0.0.1", _StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    try:
        if server.error:
            raise server.error
        address = f"http://127.0.0.1:{server.port}/api/v1/openapi.json"
        options = ["--max-examples", str(examples), "--request-timeout", "60"]
        options += ["--header", f"Authorization: Bearer {token}"]
        options += ["--suppress-health-check", "too_slow"]  # a machine that is busy is no finding
        return max(ask(address, options, told) for told in ("", there))
    finally:
        server.terminate()
        connections.close_all()
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
