"""Measure the service with a large course: `python -m tests.load.scale --students 2000 --assignments 20 --attempts 3`.

Makes a database of its own at ASSAY_TEST_POSTGRES_URL and drops it in the end. A small course is measured first, then the
large one is added: every page must need as many queries as before, at most 150 ms at the server (median of 7, through
the whole handler with its middleware), and the whole gradebook must be exported in under 10 s. Exits with 1 otherwise.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.conftest import POSTGRES_URL

TIMES = 7
PAGE_MS = 150
EXPORT_SECONDS = 10
SMALL = 20  # students


@dataclass
class Measured:
    """One page: queries with the small and the large course, and milliseconds with the large one."""

    page: str
    viewer: str
    queries_small: int
    queries: int = 0
    median_ms: float = 0.0
    worst_ms: float = 0.0
    cpu_ms: float = 0.0  # of the web process alone: what neighbours on the machine cannot stretch

    @property
    def holds(self) -> bool:
        """Whether it is quick, and costs no more for many."""
        return self.queries <= self.queries_small and self.median_ms < PAGE_MS


@contextmanager
def private_database() -> Iterator[str]:
    """Make a database for this process and drop it in the end."""
    name = f"assay_scale_{os.getpid()}"
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{POSTGRES_URL.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def set_up(url: str) -> None:
    """Start Django on a database, with its tables."""
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "course_admin.settings.test"}
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def pages(slug: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, viewer and address of what is measured; the viewers are of that course."""
    from django.contrib import admin
    from django.test import RequestFactory
    from django.urls import reverse

    from course_admin.courses.models import Enrollment
    from course_admin.identity.models import User
    from course_admin.submissions.models import Attempt, Run

    student = f"student-00000-{slug}"
    staff = f"instructor-{slug}"
    enrollment = Enrollment.objects.get(account__email=f"{student}@example.edu")
    newest = Attempt.objects.filter(members=enrollment).first()
    yield "student page", student, reverse("home")
    yield "report", student, reverse("attempt", args=[newest.public_id])
    yield "grades of a student", student, reverse("grade-trace", args=[enrollment.pk])
    yield "attempts, staff", staff, reverse("home")
    yield "gradebook", staff, reverse("gradebook", args=[slug])
    yield "export", staff, reverse("gradebook-export", args=[slug])
    yield "insights of a course", staff, reverse("course-insights", args=[slug])
    yield "needs eyes", staff, reverse("needs-eyes", args=[slug])
    yield "people", staff, reverse("people", args=[slug])
    for page in ("submissions", "failures", "insights", "regrade-preview"):
        yield page, staff, reverse(page, args=[slug, "m00"])
    yield "submissions, late, by name", staff, f"{reverse('submissions', args=[slug, 'm00'])}?late=yes&sort=name"
    yield "gradebook, section", f"ta-{slug}", reverse("gradebook", args=[slug])
    yield "dashboard", staff, reverse("admin:index")
    yield "dashboard", "root", reverse("admin:index")
    request = RequestFactory().get(reverse("admin:index"))
    request.user = User.objects.get(email=f"{staff}@example.edu")
    for model, model_admin in admin.site._registry.items():
        name = model._meta.label_lower
        address = reverse(f"admin:{name.replace('.', '_')}_changelist")
        yield f"list {name}", "root", address
        if model_admin.has_view_permission(request):
            yield f"list {name}", staff, address
    for model in (Attempt, Run):
        address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        yield f"search {model._meta.label_lower}", staff, f"{address}?q=student+00007"


def ask(client: Any, address: str) -> float:
    """Ask for a page, whole, and return how many milliseconds it took."""
    start = time.perf_counter()
    answer = client.get(address)
    body = b"".join(answer) if answer.streaming else answer.content
    milliseconds = (time.perf_counter() - start) * 1000
    assert answer.status_code == 200, (address, answer.status_code)
    assert body
    return milliseconds


def queries_of(client: Any, address: str) -> int:
    """Ask for a page, and return how many queries it took."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        ask(client, address)
    return len(queries)


def clients(names: set[str]) -> dict[str, Any]:
    """Return a logged-in client of each account."""
    from django.test import Client

    from course_admin.identity.models import User

    found = {name: Client() for name in names}
    for name, client in found.items():
        client.force_login(User.objects.get(email=f"{name}@example.edu"))
    return found


def measure(slug: str, before: dict[tuple[str, str], Measured] | None = None) -> dict[tuple[str, str], Measured]:
    """Count queries of every page of a course, and time them if there is something to compare with."""
    wanted = list(pages(slug))
    by_name = clients({viewer for _, viewer, _ in wanted})
    found: dict[tuple[str, str], Measured] = {}
    for page, viewer, address in wanted:
        key = page, viewer.removesuffix(f"-{slug}")
        client = by_name[viewer]
        ask(client, address)  # what is loaded once is not the page's
        queries = queries_of(client, address)
        if before is None:
            found[key] = Measured(*key, queries_small=queries)
            continue
        cpu = time.process_time()
        times = [ask(client, address) for _ in range(TIMES)]
        cpu_ms = (time.process_time() - cpu) * 1000 / TIMES
        found[key] = Measured(*key, before[key].queries_small, queries, statistics.median(times), max(times), cpu_ms)
        log(f"{page}, {viewer}: {found[key].median_ms:.0f} ms")
    return found


def export(slug: str) -> float:
    """Return how many seconds the whole gradebook takes to stream, in the course's instructor's browser."""
    from django.urls import reverse

    client = clients({f"instructor-{slug}"})[f"instructor-{slug}"]
    return ask(client, reverse("gradebook-csv", args=[slug])) / 1000


def log(line: str) -> None:
    """Say on standard error how far it is."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def run(students: int, assignments: int, attempts: int) -> dict[str, Any]:
    """Make both courses, measure them, and return the figures."""
    from django.db import connection

    from course_admin.identity.models import User
    from tests.load.scale_course import make_course

    def settle() -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does by itself after a while

    User.objects.create(email="root@example.edu", is_staff=True, is_superuser=True, password="!")
    make_course("small", SMALL, assignments, attempts)
    settle()
    before = measure("small")
    log("making the large course")
    make_course("large", students, assignments, attempts)
    log("measuring it")
    settle()
    found = list(measure("large", before).values())
    seconds = min(export("large") for _ in range(3))
    return {
        "students": students,
        "assignments": assignments,
        "attempts": attempts,
        "export_seconds": round(seconds, 2),
        "load_average": os.getloadavg()[0],
        "pages": [{**vars(each), "holds": each.holds} for each in found],
        "holds": all(each.holds for each in found) and seconds < EXPORT_SECONDS,
    }


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for a reader."""
    lines = [f"{'page':34} {'viewer':14} {'queries':>9} {'median':>8} {'worst':>8} {'CPU':>8}"]
    for page in figures["pages"]:
        mark = "" if page["holds"] else "  <-- too much"
        queries = f"{page['queries_small']} / {page['queries']}"
        figure = f"{page['median_ms']:5.0f} ms {page['worst_ms']:5.0f} ms {page['cpu_ms']:5.0f} ms"
        lines.append(f"{page['page']:34} {page['viewer']:14} {queries:>9} {figure}{mark}")
    lines.append(f"load average of the machine meanwhile: {figures['load_average']:.1f}")
    lines.append(f"gradebook export: {figures['export_seconds']:.2f} s of {EXPORT_SECONDS} s")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say whether all of it holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.scale", description=__doc__)
    parser.add_argument("--students", type=int, default=2000)
    parser.add_argument("--assignments", type=int, default=20)
    parser.add_argument("--attempts", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the database is dropped
    with private_database() as url:
        set_up(url)
        figures = run(options.students, options.assignments, options.attempts)
        from django.db import connection

        connection.close()
    sys.stdout.write((json.dumps(figures, indent=1) if options.json else table(figures)) + "\n")
    return 0 if figures["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
