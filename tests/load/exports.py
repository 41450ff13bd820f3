"""Measure every export of grades: `python -m tests.load.exports --students 2000 500 --assignments 20 --attempts 3`.

Makes a database of its own at ASSAY_TEST_POSTGRES_URL with one course of each size, and drops it in the end. Every format is
written by a process of its own, which reports its seconds, queries and peak memory beside that of the process before it
began. The queries must be as many for each size, and the first size must be exported in under 10 s; exits with 1 otherwise.
"""

import argparse
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.load.scale import EXPORT_SECONDS, log, private_database, set_up


@dataclass(frozen=True)
class Measured:
    """One export: its seconds, the queries it took, what it wrote, and megabytes of the process before and at its peak."""

    format: str
    students: int
    seconds: float
    cpu_seconds: float
    queries: int
    bytes: int
    grades: int
    mb_before: float
    mb_peak: float


def slug(students: int) -> str:
    """Return the name of the course of a size."""
    return f"c{students}"


def table_of(header: list[str], rows: Iterable[list[str]], delimiter: str = ",") -> str:
    """Return a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def own_file(name: str, course: Any) -> bytes | None:
    """Return what the system would have exported for the course; None for a format that needs no file."""
    things = [each for each in course.assignments.all() if not each.is_draft]
    people = list(course.enrollments.filter(role="student").values_list("pk", "name", "student_id", "email"))
    none = [""] * len(things)
    if name == "canvas":
        header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(f"{t.title} ({t.pk})" for t in things)]
        maxima = ["    Points Possible", "", "", "", "", *(f"{t.points:.2f}" for t in things)]
        return table_of(header, [maxima, *([n, pk, sid, mail, "A", *none] for pk, n, sid, mail in people)]).encode()
    if name == "blackboard":
        header = ["Username", "Student ID", *(f"{t.title} [Total Pts: {t.points:g} Score] |{t.pk}" for t in things)]
        return table_of(header, ([m.split("@")[0], s, *none] for _, _, s, m in people), "\t").encode("utf-16")
    if name == "brightspace":
        items = [f"{t.title} Points Grade <Numeric MaxPoints:{t.points:g}>" for t in things]
        header = ["OrgDefinedId", "Username", *items, "End-of-Line Indicator"]
        return table_of(header, ([f"#{s}", f"#{m}", *none, "#"] for _, _, s, m in people)).encode()
    if name == "moodle-worksheet":
        header = ["Identifier", "Email address", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]
        return table_of(header, ([f"Participant {pk}", m, "", "100.00", "-", ""] for pk, _, _, m in people)).encode()
    return None


def peak_mb() -> float:
    """Return the most memory that this program has held; what getrusage says begins with its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def measure(name: str, students: int) -> Measured:
    """Write one export to nowhere, in this process."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from course_admin.courses.models import Course
    from course_admin.gradebook.exports.export import Wanted
    from course_admin.gradebook.exports.registry import FORMATS, open_assignments, prepare

    course, chosen = Course.objects.get(slug=slug(students)), FORMATS[name]
    assignments = open_assignments(course)[: 1 if chosen.is_for_one_assignment else None]
    wanted = Wanted(course, None, assignments, timezone.now(), own_file(name, course))
    before, start, cpu, size = peak_mb(), time.perf_counter(), time.process_time(), 0
    with CaptureQueriesContext(connection) as queries:
        for piece in prepare(chosen, wanted).pieces:
            size += len(piece)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    shape = (name, students, round(seconds, 2), round(cpu, 2), len(queries), size, wanted.tally.grades)
    return Measured(*shape, round(before, 1), round(peak_mb(), 1))


def measure_apart(name: str, students: int, url: str) -> Measured:
    """Measure one export in a process of its own."""
    command = [sys.executable, "-m", "tests.load.exports", "--one", name, "--students", str(students)]
    done = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, check=True)
    log(f"{name}, {students} students")
    return Measured(**json.loads(done.stdout))


def set_by_hand(students: int) -> None:
    """Set every grade of a course by hand as well."""
    from django.utils import timezone

    from course_admin.courses.models import Course, Role
    from course_admin.gradebook.models import Override
    from course_admin.identity.models import User

    course = Course.objects.get(slug=slug(students))
    told = {"points": 50, "reason": "measured", "set_by": User.objects.earliest("pk"), "set_at": timezone.now()}
    people = list(course.enrollments.filter(role=Role.STUDENT))
    pairs = ((person, each) for each in course.assignments.all() for person in people)
    Override.objects.bulk_create(
        (Override(student=person, assignment=each, **told) for person, each in pairs),
        batch_size=2000,
        ignore_conflicts=True,  # some were set when the course was made
    )


def run(sizes: list[int], assignments: int, attempts: int, url: str, *, by_hand: bool) -> list[Measured]:
    """Make the courses, and measure every format with each."""
    from django.db import connection

    from course_admin.gradebook.exports.registry import FORMATS
    from tests.load.scale_course import make_course

    for students in sizes:
        log(f"making a course of {students} students")
        make_course(slug(students), students, assignments, attempts)
        if by_hand:
            set_by_hand(students)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return [measure_apart(name, students, url) for name in FORMATS for students in sizes]


def report(found: list[Measured], first: int) -> tuple[str, bool]:
    """Return the figures as lines for a reader, and whether all of it holds."""
    lines = [
        f"{'format':18} {'students':>8} {'s':>6} {'CPU s':>6} {'queries':>7} {'grades':>7} {'MB':>6} {'before':>7} {'peak':>6}"
    ]
    queries: dict[str, int] = {}
    holds = True
    for each in found:
        fits = each.format == "results" or queries.setdefault(each.format, each.queries) == each.queries
        fits = fits and (each.students != first or each.seconds < EXPORT_SECONDS)
        holds = holds and fits
        lines.append(
            f"{each.format:18} {each.students:8} {each.seconds:6.2f} {each.cpu_seconds:6.2f} {each.queries:7} {each.grades:7} "
            f"{each.bytes / 1e6:6.2f} {each.mb_before:7.1f} {each.mb_peak:6.1f}{'' if fits else '  <-- too much'}"
        )
    lines.append(f"load average of the machine meanwhile: {os.getloadavg()[0]:.1f}")
    return "\n".join(lines), holds


def main() -> int:
    """Measure, print, and say whether all of it holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.exports", description=__doc__)
    parser.add_argument("--students", type=int, nargs="+", default=[2000, 500])
    parser.add_argument("--assignments", type=int, default=20)
    parser.add_argument("--attempts", type=int, default=3)
    parser.add_argument("--by-hand", action="store_true", help="every grade was set by hand as well")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        os.environ["DJANGO_SETTINGS_MODULE"] = "course_admin.settings.test"
        import django

        django.setup()
        sys.stdout.write(json.dumps(asdict(measure(options.one, options.students[0]))))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the database is dropped
    with private_database() as url:
        set_up(url)
        found = run(options.students, options.assignments, options.attempts, url, by_hand=options.by_hand)
        from django.db import connection

        connection.close()
    text, holds = report(found, options.students[0])
    sys.stdout.write(text + "\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
