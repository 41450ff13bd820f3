"""A walk through everything that can be asked of the back office, by every role: made from its registry, so that a page that
is added later is in it. Prints how many cells were tried.

A cell is one question of one role: a filter's choice, a lookup in an address, a search, a picker, an action.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth.models import Permission
from django.db import models
from django.test import Client
from django.urls import reverse

from course_admin.back_office.scoped_admin import CourseScopedAdmin
from course_admin.courses.models import Accommodation, AuditEvent, Role, Scope, Section
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.policy import Right, rows_in_table
from course_admin.policy.subjects import course_id_of
from course_admin.submissions.models import Run
from tests.conftest import CELLS
from tests.course_admin.test_admin import fill
from tests.factories import NOW, make_assignment, make_course, make_enrollment, make_user

PAGES: list[CourseScopedAdmin] = list(admin.site._registry.values())
#: Who may open the back office at all.
INSIDE = {"head_ta", "instructor", "elsewhere", "elsewhere_and_clerk", "clerk", "administrator"}
SUFFIXES = (
    "",
    "__exact",
    "__iexact",
    "__startswith",
    "__contains",
    "__regex",
    "__gt",
    "__lt",
    "__in",
    "__range",
    "__isnull",
)
#: What nobody reads through an address: table, lookup.
SECRETS = [
    ("courses.accommodation", "reason__startswith"),
    ("courses.accommodation", "student__accommodations__reason__startswith"),
    ("courses.enrollment", "accommodations__reason__startswith"),
    ("courses.student", "accommodations__reason__contains"),
    ("courses.student", "account__password__startswith"),
    ("submissions.run", "lease_token__startswith"),
    ("submissions.attempt", "runs__lease_token__startswith"),
    ("submissions.attempt", "archive_sha256__startswith"),
    ("submissions.attempt", "tree_digest__startswith"),
    ("assignments.suiteversion", "digest__startswith"),
    ("assignments.suiteversion", "check_token__startswith"),
    ("assignments.assignment", "suite__check_token__startswith"),
    ("canvas.canvascourse", "claim__startswith"),
    ("lti.lticourse", "claim__startswith"),
    ("identity.user", "password__startswith"),
]

tried: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _count(record_property):
    before = tried.copy()
    yield
    for kind, count in (tried - before).items():
        record_property(f"{CELLS}{kind}", count)


@pytest.fixture
def accounts(world) -> dict[str, User | None]:
    """Return an account of every role; the world is full, and so is another course."""
    course, other = world.course, make_course("other")
    tuesday, thursday = (Section.objects.create(course=course, name=name) for name in ("Tuesday", "Thursday"))
    fill(world, 2)
    theirs = type(world)(other, make_assignment(other), make_enrollment(other))
    fill_other(theirs)
    ProvenIdentity.objects.create(
        account=world.student.account, kind=IdentityKind.GITHUB, subject="4711", label="mira", proven_at=NOW
    )

    def enrol(place: Any, login: str, role: Role, **fields: Any) -> User:
        return make_enrollment(place, login, role, **fields).account

    def let_look(account: User) -> User:
        account.is_staff = True
        account.save()
        account.user_permissions.set(
            Permission.objects.filter(codename__startswith="view_").exclude(codename="view_accommodation_reason")
        )
        return account

    return {
        "anonymous": None,
        "student": world.student.account,
        "student of another course": enrol(other, "stranger", Role.STUDENT),
        "observer": enrol(course, "observer", Role.OBSERVER),
        "ta": enrol(course, "ta", Role.TA, section=tuesday),
        "ta of another section": enrol(course, "other-ta", Role.TA, section=thursday),
        "ta of all": enrol(course, "all-ta", Role.TA, scope=Scope.ALL),
        "head_ta": enrol(course, "head-ta", Role.HEAD_TA),
        "instructor": enrol(course, "instructor", Role.INSTRUCTOR),
        "elsewhere": enrol(other, "elsewhere", Role.INSTRUCTOR),
        "elsewhere_and_clerk": let_look(enrol(other, "both", Role.INSTRUCTOR)),
        "clerk": let_look(make_user("clerk")),
        "administrator": make_user("root", is_superuser=True, is_staff=True),
    }


def fill_other(world) -> None:
    """Give the other course rows of its own that have names of their own."""
    Accommodation.objects.create(
        student=world.student, extra_days=1, starts_at=NOW, reason="theirs", granted_by=make_user(), granted_at=NOW
    )
    AuditEvent.objects.create(course=world.course, kind="grade", subject="theirs", at=NOW)


@pytest.fixture
def clients(accounts, settings) -> dict[str, Client]:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    found = {role: Client() for role in accounts}
    for role, account in accounts.items():
        if account is not None:
            found[role].force_login(account)
    found["worker"] = Client(headers={"Authorization": "Bearer some-lease-token"})
    return found


def address(model: type[models.Model], page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def visible(account: User | None, model: type[models.Model]) -> set[int]:
    """Return the keys of what an account may open, worked out row by row from where a row belongs."""
    if account is None:
        return set()
    return set(rows_in_table(account, Right.VIEW, model._default_manager.all()).values_list("pk", flat=True))


def courses_of(accounts: dict[str, User | None], world, role: str) -> set[int]:
    """Return the courses that a role leads, said here once more and without the policy."""
    return {"head_ta": {world.course.pk}, "instructor": {world.course.pk}}.get(role, set())


def seen(answer) -> set[int]:
    return {row.pk for row in answer.context["cl"].result_list}


@pytest.mark.slow
@pytest.mark.rows
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model._meta.label)
def test_lists_filters_searches_and_pickers_hold_what_a_role_may_open(world, accounts, clients, page):
    model = page.model
    for role, client in clients.items():
        mine = visible(accounts.get(role), model)
        answer = client.get(address(model))
        tried["lists"] += 1
        if role not in INSIDE:
            assert (answer.status_code, mine) == (302, set()), role
            continue
        assert answer.status_code == (200 if mine or page.has_view_permission(answer.wsgi_request) else 403), role
        if answer.status_code != 200:
            continue
        assert seen(answer) == mine, role
        for row in model._default_manager.filter(pk__in=mine):
            owner = course_id_of(row)
            if role in ("head_ta", "instructor") and owner is not None:
                assert owner in courses_of(accounts, world, role), (role, row)
        for query in choices(answer):
            filtered = client.get(address(model) + query)
            tried["filters"] += 1
            assert filtered.status_code == 200, (role, query)
            assert seen(filtered) <= mine, (role, query)
        for words in ("S0", "theirs", "Mira", "mira-okafor@example.edu"):
            found = client.get(address(model), {"q": words})
            tried["searches"] += 1
            assert seen(found) <= mine, (role, words)
    for name in page.autocomplete_fields:
        field = model._meta.get_field(name)
        query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
        for role, client in clients.items():
            picked = client.get(reverse("admin:autocomplete"), query)
            tried["pickers"] += 1
            assert picked.status_code in ((200, 403) if role in INSIDE else (302,)), role
            if picked.status_code == 200:
                offered = {int(row["id"]) for row in picked.json()["results"]}
                assert offered <= visible(accounts.get(role), field.related_model), (role, name)


def choices(answer) -> Iterator[str]:
    changelist = answer.context["cl"]
    for spec in changelist.filter_specs:
        for choice in spec.choices(changelist):
            yield choice["query_string"] or "?"


def lookups(model: type[models.Model], depth: int = 2, path: str = "") -> Iterator[str]:
    """Yield every path from a table to a field, so many relations deep, in both directions."""
    for field in model._meta.get_fields():
        yield f"{path}{field.name}"
        if depth > 1 and field.is_relation and isinstance(field.related_model, type):
            yield from lookups(field.related_model, depth - 1, f"{path}{field.name}__")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model._meta.label)
def test_an_address_may_hold_what_the_page_s_filters_make_and_nothing_else(page, rf):
    request = rf.get("/")
    filters = {each if isinstance(each, str) else each[0] for each in page.list_filter}
    named = filters | set(page.lookups) | ({page.date_hierarchy} if page.date_hierarchy else set())
    for path in lookups(page.model):
        for suffix in SUFFIXES:
            tried["lookups"] += 1
            if page.lookup_allowed(f"{path}{suffix}", "a", request):
                base = path.removesuffix("__id")
                assert base in named or path in named, (path, suffix)
                is_date = isinstance(get_fields_from_path(page.model, path)[-1], models.DateField)
                assert suffix in ("", "__exact", "__isnull", *(["__lt"] if is_date else [])), (path, suffix)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "lookup"), SECRETS)
def test_nobody_reads_a_secret_or_a_private_reason_through_an_address(world, accounts, clients, table, lookup):
    page = next(page for page in PAGES if page.model._meta.label_lower == table)
    for role, client in clients.items():
        status = client.get(address(page.model), {lookup: "a"}).status_code
        tried["secrets"] += 1
        assert status == (400 if status not in (302, 403) else status), role
        assert role not in ("administrator",) or status == 400


def state() -> list[Any]:
    """Return what no refused action changes."""
    counts = [(each._meta.label, each._base_manager.count()) for each in (page.model for page in PAGES)]
    return [counts, list(Run.objects.order_by("pk").values_list("state", "tries"))]


@pytest.mark.slow
@pytest.mark.rows
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model._meta.label)
def test_an_action_and_a_form_do_nothing_for_who_may_not(world, accounts, clients, page):
    """The rows are those of one course; leaders of another, clerks and everybody outside try everything on them."""
    model = page.model
    rows = [row.pk for row in model._default_manager.all() if course_id_of(row) in (world.course.pk, None)]
    no_course = page.model._meta.label_lower == "assignments.suiteversion"
    outsiders = [role for role in clients if role not in ("head_ta", "instructor", "administrator")]
    names = ["delete_selected", *(each if isinstance(each, str) else each.__name__ for each in page.actions or ())]
    for role in outsiders:
        if no_course and role in ("elsewhere", "elsewhere_and_clerk"):
            continue
        before = state()
        for name in names:
            data = {"action": name, "_selected_action": rows, "post": "yes"}
            clients[role].post(address(model), data)
            tried["actions"] += 1
        for row in rows[:2]:
            for what in ("change", "delete"):
                clients[role].post(address(model, what, row), {"post": "yes", "name": "changed", "why": "because"})
                tried["forms"] += 1
        assert state() == before, role
