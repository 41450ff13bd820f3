"""The frame: who sees which tabs and menus, on which page of the service, and that nobody is led to a closed door."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.template import Context
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from course_admin.courses.models import AuditEvent, Role
from course_admin.identity.models import User
from course_admin.pages.frame import Frame
from course_admin.pages.institution import LOGO_BYTES, institution
from course_admin.policy import standing_of
from tests.course_admin.test_pages import Page
from tests.factories import graded, make_attempt, make_course, make_enrollment, make_user

STUDENTS = ["Overview", "Assignments", "Grades"]
TABS = {
    Role.STUDENT: STUDENTS,
    Role.OBSERVER: ["Overview", "Assignments"],
    Role.TA: ["Overview", "Assignments", "Submissions", "Needs eyes", "Queue", "Gradebook", "Insights"],
    Role.INSTRUCTOR: [
        "Overview",
        "Assignments",
        "Submissions",
        "Needs eyes",
        "Queue",
        "Gradebook",
        "Insights",
        "People",
        "Settings",
    ],
}


def labels(client: Client, url: str) -> list[str]:
    page = client.get(url).content.decode()
    nav = page.partition('<nav class="tabs"')[2].partition("</nav>")[0]
    return re.findall(r"<a [^>]*>([^<]*)</a>", nav)


@pytest.mark.slow
@pytest.mark.parametrize("role", TABS)
def test_each_role_sees_the_tabs_that_open_for_it(client, world, role):
    person = world.student if role == Role.STUDENT else make_enrollment(world.course, "other", role)
    client.force_login(person.account)
    url = f"/courses/{world.course.slug}/"
    assert labels(client, url) == TABS[role]
    links = [attributes["href"] for tag, attributes in Page(client.get(url).content.decode()).elements if tag == "a"]
    for link in links:
        if link.startswith("/"):
            assert client.get(link, follow=True).status_code == 200, link


def test_a_page_says_which_tab_and_which_course_it_belongs_to(client, world):
    other = make_course("other", title="Compilers")
    make_enrollment(other, "mira", account=world.student.account)
    client.force_login(world.student.account)
    page = Page(client.get(f"/courses/{world.course.slug}/assignments/").content.decode())
    current = [attributes["href"] for tag, attributes in page.elements if tag == "a" and "aria-current" in attributes]
    assert current == [f"/courses/{world.course.slug}/", f"/courses/{world.course.slug}/assignments/"]
    assert "Compilers" in page.text


def test_a_page_of_no_course_shows_tabs_only_where_there_is_one_course(client, world):
    client.force_login(world.student.account)
    assert labels(client, "/accounts/password/") == STUDENTS
    make_enrollment(make_course("other"), "mira", account=world.student.account)
    assert labels(client, "/accounts/password/") == []


def test_faults_stand_in_the_frame_and_ask_nothing(client, world, django_assert_num_queries):
    assert "There is no such page" in (page := client.get("/nowhere/").content.decode())
    assert 'class="bar"' in page
    with django_assert_num_queries(0):
        page = render_to_string("500.html")
    assert 'class="bar"' in page
    assert 'href="/"' in page
    request = RequestFactory().get("/")
    assert Frame(request, {}).account is None  # no middleware has looked who it is
    request.user = AnonymousUser()
    assert (Frame(request, {}).courses, Frame(request, {}).tabs) == ([], [])


def test_a_form_that_is_out_of_date_says_so_in_the_frame(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.student.account)
    answer = client.post("/accounts/password/", {})
    assert answer.status_code == 403
    assert "This form is out of date" in answer.content.decode()
    assert 'class="bar"' in answer.content.decode()


def test_names_of_people_and_courses_stay_text(client, world):
    world.course.title = "<script>alert(1)</script>"
    world.course.save()
    User.objects.filter(pk=world.student.account_id).update(name="<b>Mira</b> <i>")
    client.force_login(User.objects.get(pk=world.student.account_id))
    page = client.get("/").content.decode()
    assert "<script>alert" not in page
    assert "<b>Mira" not in page


def test_the_institution_is_one_setting(client, db, settings, tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    settings.ASSAY_INSTITUTION = institution(f"University of Examples; {logo}")
    page = client.get("/accounts/login/").content.decode()
    assert "University of Examples" in page
    answer = client.get("/institution/logo")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert answer.content == logo.read_bytes()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert institution("").name == "Assay"


@pytest.mark.parametrize("name", ["logo.exe", "missing.png", "huge.png"])
def test_a_logo_that_cannot_be_shown_is_refused_at_start(tmp_path, name):
    (tmp_path / "huge.png").write_bytes(b"x" * (LOGO_BYTES + 1))
    with pytest.raises(ImproperlyConfigured, match="ASSAY_INSTITUTION"):
        institution(f"Name;{tmp_path / name}")


def test_the_frame_costs_a_constant_number_of_queries(client, world, django_assert_num_queries):
    graded(make_attempt(world.student, world.assignment))
    for number in range(5):
        make_enrollment(make_course(f"c{number}"), "mira", account=world.student.account)
    request = RequestFactory().get("/")
    request.user, request.resolver_match = world.student.account, None
    with django_assert_num_queries(3):  # who they are, their courses, their place in this one
        frame = Frame(request, Context({"course": world.course}).flatten())
        assert (len(frame.courses), [tab.label for tab in frame.tabs]) == (6, STUDENTS)


# --- the password ---


def change(client, old: str, new: str = "quite another phrase"):
    return client.post("/accounts/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def test_somebody_changes_their_own_password_and_other_sessions_end(client, db):
    user, elsewhere = make_user("mira"), Client()
    for each in (client, elsewhere):
        each.force_login(user)
    assert change(client, "a long password").status_code == 302
    user.refresh_from_db()
    assert user.check_password("quite another phrase")
    assert user.credential_set_at is not None
    assert AuditEvent.objects.get().after.keys() == {"credential_set_at"}
    assert client.get("/accounts/password/").status_code == 200
    assert elsewhere.get("/accounts/password/").status_code == 302


@pytest.mark.medium
def test_a_wrong_or_weak_password_changes_nothing_and_guessing_has_an_end(client, db):
    user = make_user("mira")
    client.force_login(user)
    assert change(client, "wrong").status_code == 200
    assert change(client, "a long password", "short").status_code == 200
    for _ in range(12):
        page = change(client, "wrong").content.decode()
    assert "Please wait ten minutes" in page
    assert "Please wait ten minutes" in change(client, "a long password").content.decode()
    user.refresh_from_db()
    assert user.check_password("a long password")


def test_who_has_no_password_is_offered_none(client, world):
    account = world.student.account
    client.force_login(account)
    assert "/accounts/password/" in client.get("/").content.decode()
    account.set_unusable_password()
    account.save()
    client.force_login(account)
    assert "/accounts/password/" not in client.get("/").content.decode()


def test_components_are_shown_to_staff(client, world):
    staff = make_enrollment(world.course, "tess", Role.TA).account
    client.force_login(staff)
    assert standing_of(staff).courses
    page = client.get("/styles/").content.decode()
    for words in ("Do this next", "What it is for stands between", "This field is required", "in 3 days"):
        assert words in page


def test_the_key_of_a_second_factor_is_drawn_without_style_or_script(client, world):
    client.force_login(world.student.account)
    reauthenticate(client)
    html = client.get("/accounts/second-factor/totp/activate/").content.decode()
    page = Page(html)
    assert "<svg" in html
    assert not any("style" in attributes for _, attributes in page.elements)
    assert "Set up a second factor" in page.text


def reauthenticate(client: Client) -> None:
    assert client.post("/accounts/reauthenticate/", {"password": "a long password"}).status_code == 302


@pytest.mark.parametrize(
    ("url", "words"), [("identities/", "No log-in of another service"), ("second-factor/", "Set it up")]
)
def test_pages_of_the_account_speak_plainly(client, world, url, words):
    client.force_login(world.student.account)
    assert words in client.get(f"/accounts/{url}").content.decode()
