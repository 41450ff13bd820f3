"""Whatever is sent to whatever address: never a 500, and a form that refuses says so and changes nothing.

The addresses are those of the URL patterns and of the admin's tables, so that one that is added later is walked as well.
Run on PostgreSQL too (test_postgres.py): it knows no NUL, and other years.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from course_admin.assignments.models import Extension
from course_admin.courses.models import Accommodation, Course, Group, Role, Section
from course_admin.gradebook.models import Override
from course_admin.integrations.canvas.models import AssignmentReading, CanvasAssignment, CanvasCourse, CourseToken
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, graded, make_attempt, make_enrollment, make_user

DIGITS = "9" * 5000
TEXTS = {
    "a NUL": "a\0b",
    "5,000 digits": DIGITS,
    "minus 5,000 digits": f"-{DIGITS}",
    "the largest whole number and one": str(2**63),
    "a number beyond": "1e400",
    "NaN": "NaN",
    "infinity": "Infinity",
    "the year 9999": "9999-12-31 23:59:59",
    "the day 9999": "9999-12-31",
    "the time": "23:59:59",
    "the year 1": "0001-01-01 00:00",
    "a month too many": "2026-13-45T99:99",
    "a lone surrogate": "\udcff",
    "signs that count but are no digits": "\u00b2\u0663",
    "a bidi override": "\u202egnp",
    "nothing": "",
    "spaces": " \t\n\u00a0",
    "a long text": "x" * 100_000,
    "an operator": "' OR 1=1 --",
    "a path": "../../../etc/passwd",
    "a pattern": "{login}{login}{0.__class__}%s%(x)s",
    "a regular expression": "(" * 60,
    "JSON": '{"a": [1, 2',
}
DATES = ("the year 9999", "the day 9999", "the time", "the year 1", "a month too many")
WORDS = (
    "a NUL",
    "5,000 digits",
    "the largest whole number and one",
    "a number beyond",
    "NaN",
    "signs that count but are no digits",
)
#: What stands in the path: a browser sends no surrogate there.
IN_PATHS = {
    name: TEXTS[name]
    for name in (
        "a NUL",
        "5,000 digits",
        "the largest whole number and one",
        "a path",
        "signs that count but are no digits",
    )
}
FIELDS_OF_A_QUERY = (
    "q", "p", "o", "all", "next", "process", "page", "student", "section", "assignment", "term", "app_label",
    "model_name", "field_name", "_to_field", "_popup", "e", "after", "sort", "format", "model",
)  # fmt: skip


class Fields(HTMLParser):
    """The names of a page's form fields, with what stands in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.files: set[str] = set()
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
            self.found.setdefault(name, "")
        elif tag == "option" and "selected" in given and self._select:
            self.found[self._select] = given.get("value") or ""
        elif tag in ("input", "textarea") and name:
            if given.get("type") == "file":
                self.files.add(name)
            elif given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.found[name] = given.get("value") or ""


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif each.name:
            yield f"{space}{each.name}", each


@pytest.fixture
def course(world, settings) -> Course:
    """A course with a row in every table."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10 << 20
    course, student = world.course, world.student
    section = Section.objects.create(course=course, name="Tuesday")
    group = Group.objects.create(course=course, name="1")
    type(student).objects.filter(pk=student.pk).update(section=section)
    group.students.add(student)
    attempt = make_attempt(student, world.assignment, push=announce())
    graded(attempt)
    staff = make_enrollment(course, "tess", Role.INSTRUCTOR).account
    granted = {"granted_by": staff, "granted_at": NOW}
    Extension.objects.create(student=student, assignment=world.assignment, days=1, reason="ill", **granted)
    Accommodation.objects.create(student=student, extra_days=2, starts_at=NOW, reason="kept apart", **granted)
    given = {"set_by": staff, "set_at": NOW}
    Override.objects.create(student=student, assignment=world.assignment, points=5, reason="shown", **given)
    link = CanvasCourse.objects.create(course=course, address="https://canvas.example.edu", canvas_id=1)
    CanvasAssignment.objects.create(link=link, assignment=world.assignment, canvas_id=2)
    settings.ASSAY_CANVAS_COURSE_HOSTS = ["canvas.example.edu"]
    CourseToken.objects.create(link=link, address=link.address, sealed="not ours", entered_at=NOW)
    told = {"2": {"name": "<b>\u202e=1+1", "due_at": "2026-12-06T12:00:00+00:00"}}
    AssignmentReading.objects.create(link=link, asked_at=NOW, read_at=NOW, rows=told)
    return course


@pytest.fixture
def clients(course) -> list[Client]:
    """An administrator, who instructs the course, too; and a student."""
    root = make_user("root", is_superuser=True, is_staff=True)
    make_enrollment(course, "root", Role.INSTRUCTOR, account=root)
    found = []
    for account in (root, course.enrollments.get(github_login="mira-okafor").account):
        client = Client(raise_request_exception=False)
        client.force_login(account)
        found.append(client)
    return found


def addresses(course: Course) -> list[str]:
    """Return a good address of every pattern that can be reversed."""
    attempt = course.assignments.get().attempts.get()
    run, student = attempt.runs.get(), attempt.student.pk
    values = {
        "public_id": attempt.public_id, "slug": course.slug, "assignment": "m01", "run": run.public_id, "sha256": "a" * 64,
        "provider_id": "university", "organization_slug": "university", "pk": student, "student": student,
        "object_id": "1", "app_label": "courses", "content_type_id": 1, "check": "check_1", "comment": 1, "key": "1",
        "student_id": student, "enrollment": student, "before": attempt.public_id, "after": attempt.public_id,
    }  # fmt: skip
    found = []
    for name, pattern in patterns(get_resolver()):
        wanted = list(pattern.pattern.converters) or list(re.compile(str(pattern.pattern)).groupindex)
        try:
            found.append(reverse(name, kwargs={key: values.get(key, 1) for key in wanted}))
        except NoReverseMatch:
            continue
    for model in admin.site._registry:
        table = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse(f"{table}_changelist"), reverse(f"{table}_add")]
        found += [reverse(f"{table}_change", args=[row.pk]) for row in model._default_manager.all()[:1]]
    return list(dict.fromkeys(url for url in found if "logout" not in url))


def all_faults(calls) -> list[str]:
    found = []
    for call, what in calls:
        try:
            answer = call()
        except Exception as problem:
            found.append(f"{what[:200]!r} raised {problem!r:.300}")
            continue
        if answer.status_code >= 500 and "/health/ready" not in what:
            problem = getattr(answer, "exc_info", None)
            found.append(f"{what[:200]!r} answered {answer.status_code}: {problem and problem[1]!r:.200}")
    return found


@pytest.mark.slow
@pytest.mark.rows
def test_no_path_and_no_query_is_a_fault(course, clients):
    """Each address with each odd text in each place of its path, and in each parameter that anybody reads."""
    urls = addresses(course)
    assert len(urls) > 80

    def calls():
        for index, url in enumerate(urls):
            parts = [part for part in url.split("/") if part]
            for place in range(3 if url.startswith("/admin/") else 1, len(parts)):
                for name, text in IN_PATHS.items():
                    odd = quote(text, safe="")
                    changed = "/" + "/".join([*parts[:place], odd, *parts[place + 1 :]]) + "/"
                    yield lambda changed=changed: clients[0].get(changed), f"{name}: {changed}"
            for number, (name, text) in enumerate(TEXTS.items()):
                query = urlencode({field: text.encode("utf-8", "surrogateescape") for field in FIELDS_OF_A_QUERY})
                if len(query) < 120_000 and (number + index) % 3 == 0:  # each text meets a third of the addresses
                    asked, client = f"{url}?{query}", clients[number % 2]
                    yield lambda client=client, asked=asked: client.get(asked), f"{name} in the query of {url}"

    assert all_faults(calls()) == []


@pytest.mark.slow
@pytest.mark.rows
@pytest.mark.filterwarnings("default:.*received a naive datetime:RuntimeWarning")  # a warning in use, too
def test_no_search_and_no_filter_of_the_back_office_is_a_fault(course, clients):
    client = clients[0]

    def calls():
        for model, page in admin.site._registry.items():
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            request = client.get(url).wsgi_request
            names = [
                each
                if isinstance(each, str)
                else getattr(each[0] if isinstance(each, tuple) else each, "parameter_name", "")
                for each in page.get_list_filter(request)
            ]
            lookups = [f"{name}__{kind}" for name in names if name for kind in ("exact", "isempty", "gte")]
            lookups += ["q", "p", "o", "id__exact", "pk", *filter(None, names)]
            if page.date_hierarchy:
                lookups += [f"{page.date_hierarchy}__{part}" for part in ("year", "month", "day", "gte")]
            for index, lookup in enumerate(lookups):
                for number, (name, text) in enumerate(TEXTS.items()):
                    if len(text) < 6000 and (number == 0 or (number + index) % 4 == 0):
                        query = urlencode({lookup: text.encode("utf-8", "surrogateescape")})
                        yield lambda asked=f"{url}?{query}": client.get(asked), f"{name} as {lookup} of {url}"

    assert all_faults(calls()) == []


def _odd(field: str, now: str, number: int) -> list[str]:
    """Return what is tried in a field: in a time all odd times, in any other a few, other ones in the next field."""
    if re.search(r"_(at|until|from)\b|_at_[01]$|date|time", field) or re.match(r"\d{4}-", now):
        return [*DATES, "a NUL"]
    return [WORDS[(number + step) % len(WORDS)] for step in range(2)]


@pytest.mark.slow
@pytest.mark.rows
def test_no_form_is_a_fault_and_what_it_took_can_be_shown(course, clients):
    """Each field of each form on each page, with each odd text; what was saved must be shown on every page afterwards."""
    urls = addresses(course)

    def calls():
        for client in clients:
            for url in urls:
                page = client.get(url)
                if page.status_code != 200 or "html" not in page.headers.get("Content-Type", ""):
                    continue
                fields = Fields(page.content.decode())
                good = {name: text for name, text in fields.found.items() if name != "_continue"}
                for number, (field, now) in enumerate(good.items()):
                    if field.startswith(("csrf", "_", "initial-")):
                        continue
                    for name in _odd(field, now, number):
                        told = {**good, "why": "asked for", "reason": "asked for", field: TEXTS[name]}
                        if re.search("_[01]$", field):  # a day and a time of day together
                            told |= {f"{field[:-1]}0": TEXTS[name][:10], f"{field[:-1]}1": "23:59:59"}
                        yield (
                            lambda client=client, url=url, told=told: client.post(url, told),
                            f"{name} in {field} of {url}",
                        )
                for name, data in FILES.items():
                    for field in fields.files:
                        told = {**good, field: SimpleUploadedFile(f"{name}.csv", data)}
                        yield (
                            lambda client=client, url=url, told=told: client.post(url, told),
                            f"{name} as {field} of {url}",
                        )

    faults = all_faults(calls())
    faults += all_faults(
        (lambda client=client, url=url: client.get(url), f"{url} afterwards") for client in clients for url in urls
    )
    assert faults == []


FILES = {
    "nothing": b"",
    "NULs": b"\0" * 1000,
    "no UTF-8": b"\xff\xfe\x00name",
    "digits": b"name,email,role\n" + DIGITS.encode() + b",a@b.c,student\n",
    "a NUL in a name": b"name,email,github_login\nMira\x00,mira@example.edu,mira\n",
    "a field of a megabyte": b'name,email\n"' + b"x" * 1_000_000 + b'",a@b.c\n',
    "open quotes": b'name,email\n"Mira,a@b.c\n',
    "a zip of nothing": b"PK\x05\x06" + b"\0" * 18,
    "half a zip": b"PK\x03\x04" + b"\0" * 40,
    "half a tar": b"\x1f\x8b\x08\0" + b"\0" * 40,
}
