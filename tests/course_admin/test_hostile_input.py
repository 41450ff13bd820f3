"""Whatever is sent to whatever address: never a 500, and a form that refuses says so and changes nothing.

The addresses are those of the URL patterns and of the admin's tables, so that one that is added later is walked as well.
Run on PostgreSQL too (test_postgres.py): it knows no NUL, and other years. A third of what is tried is drawn
for each commit (tests/drawing.py).
"""

import hmac
import json
import re
import uuid
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import Form
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from course_admin.assignments.models import Assignment, Extension
from course_admin.assignments.wizard.forms import REVIEW, STEPS
from course_admin.courses.models import Accommodation, Course, Enrollment, Group, Role, Section
from course_admin.discussion.models import RegradeRequest
from course_admin.gradebook.models import Override
from course_admin.identity.models import User
from course_admin.integrations.canvas.models import AssignmentReading, CanvasAssignment, CanvasCourse, CourseToken
from course_admin.invitations.models import SelfEnrolment
from course_admin.manual_grading.grading.deal import deal_out
from course_admin.manual_grading.models import HandGrading
from course_admin.manual_grading.questions.set_up import set_questions
from course_admin.review.insights.tables import TABLES
from course_admin.review.models import Comment
from tests.course_admin.manual_grading.conftest import RUBRIC
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.drawing import drawn
from tests.factories import NOW, graded, make_attempt, make_enrollment, make_user

ROOT = Path(__file__).parents[2] / "course_admin"
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
    by_hand(world.assignment, staff)
    SelfEnrolment.objects.create(course=course, is_open=True, code="let-me-in")
    RegradeRequest.objects.create(
        attempt=attempt, assignment=world.assignment, student=student, reason="why", asked_at=NOW
    )
    Comment.objects.create(attempt=attempt, author=staff, text="look here", written_at=NOW)
    return course


def by_hand(assignment: Assignment, staff: User) -> None:
    """Have an assignment graded by hand as well, and deal its attempt out."""
    set_questions(assignment=assignment, text=RUBRIC, is_blind=False, actor=staff, at=NOW)
    graders = list(Enrollment.objects.filter(account=staff))
    deal_out(assignment=assignment, graders=graders, by_section=False, actor=staff, at=NOW)


#: So many tests have the addresses between them, that several processes can work on them.
SHARES = 2
ONE_IN = 3  # so many of what is tried are drawn for each commit


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
        "object_id": "1", "app_label": "courses", "content_type_id": 1, "check": "check_1", "key": "1",
        "student_id": student, "enrollment": student, "before": attempt.public_id, "after": attempt.public_id,
        "grading": HandGrading.objects.get().pk, "step": "basics", "comment": Comment.objects.get().pk,
        "request_id": RegradeRequest.objects.get().pk, "table": next(iter(TABLES)),
    }  # fmt: skip
    found = []
    for name, pattern in patterns(get_resolver()):
        wanted = list(pattern.pattern.converters) or list(re.compile(str(pattern.pattern)).groupindex)
        try:
            found.append(reverse(name, kwargs={key: values.get(key, 1) for key in wanted}))
        except NoReverseMatch:
            continue
    found += [reverse("new-assignment", args=[course.slug, step]) for step in (*STEPS, REVIEW)]
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
@pytest.mark.parametrize("share", range(SHARES))
def test_no_path_and_no_query_is_a_fault(course, clients, share):
    """Each address with each odd text in each place of its path, and in each parameter that anybody reads."""
    urls = addresses(course)
    assert len(urls) > 80

    def calls():
        for index, url in drawn(list(enumerate(urls)), ONE_IN)[share::SHARES]:
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
            for index, lookup in drawn(list(enumerate(lookups)), ONE_IN):
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
@pytest.mark.parametrize("share", range(SHARES))
def test_no_form_is_a_fault_and_what_it_took_can_be_shown(course, clients, share):
    """Each field of each form on each page, with each odd text; what was saved must be shown on every page afterwards."""
    urls = addresses(course)

    def calls():
        for client in clients:
            for url in drawn(urls, ONE_IN)[share::SHARES]:
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


def names_of_fields() -> list[str]:
    """Return the names of the fields of every form of ours, and of what is read from a request without one."""
    forms = [Form]
    for form in forms:
        forms += form.__subclasses__()
    names = {name for form in forms if form.__module__.startswith("course_admin.") for name in form.base_fields}
    read = re.compile(r"""(?:POST|data)(?:\.get|\.getlist)?[(\[]"([a-z_-]+)"|"([a-z_-]+)" in request\.POST""")
    for file in ROOT.rglob("*.py"):
        names |= {first or second for first, second in read.findall(file.read_text())}
    return sorted(names - {"discard", "remove", "revoke"})  # whatever else a button does, these would end it


@pytest.mark.slow
@pytest.mark.rows
def test_no_address_that_takes_only_posts_is_a_fault(course, clients, settings):
    """What no page shows a form for, and what programs send to: every field at once, and bodies that are none."""
    forge = {"secrets": [SECRET], "url": "https://code.example.edu"}
    settings.ASSAY_WEBHOOK_SECRETS = [SECRET]
    settings.ASSAY_FORGES = {name: {**told, **forge} for name, told in settings.ASSAY_FORGES.items()}
    names = names_of_fields()
    assert len(names) > 60
    urls = [url for url in addresses(course) if clients[0].get(url).status_code == 405]
    assert len(urls) > 20

    def calls():
        for index, url in enumerate(urls):
            for number, (name, text) in list(enumerate(TEXTS.items()))[index % 2 :: 2]:
                typed = urlencode(dict.fromkeys(names, text[:5000].encode("utf-8", "surrogateescape")))
                client = clients[(number + index) // 2 % 2]
                yield (
                    lambda client=client, url=url, typed=typed: client.post(url, typed, content_type=TYPED),
                    f"{name} in every field of {url}",
                )
            for name, body in {**BODIES, **(pushes() if "/hooks/" in url else {})}.items():
                told = {"content_type": "application/json", "headers": proven(body)}
                yield lambda url=url, body=body, told=told: clients[0].post(url, body, **told), f"{name} sent to {url}"

    assert all_faults(calls()) == []


def proven(body: bytes) -> dict[str, str]:
    """Return the headers by which each host proves a delivery."""
    digest = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    delivery = str(uuid.uuid4())
    return {
        "X-Hub-Signature-256": f"sha256={digest}", "X-GitHub-Event": "push", "X-GitHub-Delivery": delivery,
        "X-Gitea-Signature": digest, "X-Gitea-Event": "push", "X-Gitea-Delivery": delivery,
        "X-Gitlab-Token": SECRET, "Idempotency-Key": delivery,
    }  # fmt: skip


def pushes() -> dict[str, bytes]:
    """Return an announcement with each odd text in every place of it, and in every place but the branch and the commits."""
    found = {}
    for name, text in TEXTS.items():
        place = dict.fromkeys(
            ("id", "full_name", "name", "path_with_namespace", "html_url", "git_http_url", "url"), text
        )
        told = {
            "ref": text, "before": text, "after": text, "deleted": text, "created": text, "forced": text,
            "repository": {**place, "owner": {"login": text, "id": text}}, "project": place, "project_id": text,
            "sender": {"login": text, "id": text}, "pusher": {"name": text, "login": text}, "user_username": text,
            "head_commit": {"id": text, "timestamp": text}, "commits": [{"id": text, "timestamp": text}],
            "object_kind": "push", "event_name": "push", "installation": {"id": text},
        }  # fmt: skip
        good = {"ref": "refs/heads/main", "before": "1" * 40, "after": "2" * 40}
        found[f"{name} everywhere"] = json.dumps(told).encode()
        found[f"{name} beside a good commit"] = json.dumps({**told, **good, "deleted": False}).encode()
    return found


TYPED = "application/x-www-form-urlencoded"
SECRET = "a secret that both sides know"
BODIES = {
    "no text": b"\xff\xfe",
    "nothing": b"",
    "a number": b"1e999",
    "5,000 digits": b'{"id": ' + b"9" * 5000 + b"}",
    "a thousand lists": b"[" * 1000 + b"]" * 1000,
    "a hundred thousand lists": b"[" * 100_000,
    "a NUL": b'{"name": "a\\u0000b", "course": "\\ud800"}',
}
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
