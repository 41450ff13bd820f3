"""Whom a launch logs in, what it never does, and how it leaves the platform's frame."""

import re

import pytest
from django.test import Client

from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.integrations.lti.launch.claims import CORE
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse
from course_admin.integrations.lti.services import NotToLink, link_course
from tests.course_admin.integrations.lti.fake_platform import CONTEXT, DEPLOYMENT, HOST, ROLE, SUBJECT, now
from tests.factories import graded, make_assignment, make_attempt, make_course, make_enrollment

WINDOW = {"Sec-Fetch-Dest": "document"}


def opened(client: Client, fake, **over):
    """Launch in a window of the browser, and follow as far as it leads without a click."""
    answer = fake.launch(client, now(), **over)
    assert answer.status_code == 303, answer.content.decode()
    return client.get(answer.headers["Location"])


def account_of(client: Client) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def named(student: Enrollment, subject: str = SUBJECT, **fields) -> None:
    Enrollment.objects.filter(pk=student.pk).update(lti_subject=subject, **fields)


@pytest.fixture
def known(world, platform) -> User:
    """Return Mira's account, which has proven to be the platform's subject."""
    account = world.student.account
    who = {"kind": IdentityKind.LTI, "issuer": platform.vouches_as, "subject": SUBJECT}
    ProvenIdentity.objects.create(account=account, proven_at=now(), **who)
    return account


@pytest.mark.medium
def test_a_known_identity_is_logged_in_and_led_to_the_attempt(client, fake, lti, world, known):
    attempt = make_attempt(world.student, world.assignment)
    answer = opened(client, fake, **{f"{CORE}custom": {"assay_assignment": f"a_{world.assignment.pk}"}})
    assert (answer.status_code, account_of(client)) == (302, known)
    assert answer.headers["Location"] == f"/attempts/{attempt.public_id}/"
    world.student.refresh_from_db()
    assert world.student.lti_subject == SUBJECT  # so that grades find their way


@pytest.mark.medium
def test_without_an_attempt_it_leads_to_the_student_s_grades_and_staff_to_the_gradebook(
    client, fake, lti, world, known
):
    assert opened(client, fake).headers["Location"] == f"/grades/{world.student.pk}/"
    Enrollment.objects.filter(pk=world.student.pk).update(role=Role.INSTRUCTOR)
    assert opened(client, fake).headers["Location"] == "/courses/tinytorch/gradebook/"


@pytest.mark.medium
def test_a_link_made_by_hand_may_name_the_assignment_in_its_address(client, fake, lti, world, known):
    attempt = make_attempt(world.student, world.assignment)
    target = f"{HOST}/lti/launch/?assignment=a_{world.assignment.pk}"
    answer = opened(client, fake, **{f"{CORE}target_link_uri": target})
    assert answer.headers["Location"] == f"/attempts/{attempt.public_id}/"


@pytest.mark.medium
def test_a_new_person_whom_the_roster_names_by_subject_gets_an_account(client, fake, lti, world):
    named(world.student, account=None)
    answer = opened(client, fake)
    account = account_of(client)
    assert (answer.status_code, account.name, account.email) == (302, "Mira Okafor", None)
    assert not account.has_usable_password()
    assert Enrollment.objects.get(pk=world.student.pk).account == account
    assert AuditEvent.objects.filter(reason="launched from the course's learning platform").exists()
    opened(Client(), fake)
    assert User.objects.count() == 2  # nobody is made twice; the other is whom the roster had before


@pytest.mark.medium
def test_an_address_that_a_platform_tells_opens_nothing(client, fake, lti, world):
    """The launch says Mira's own address; it is a free place's, and an account's: neither is joined by it."""
    Enrollment.objects.filter(pk=world.student.pk).update(account=None)
    account = world.student.account
    User.objects.filter(pk=account.pk).update(email="mira-okafor@example.edu")
    answer = opened(client, fake)
    assert answer.status_code == 403
    assert "does not know you by this account yet" in answer.content.decode()
    assert (account_of(client), ProvenIdentity.objects.count(), User.objects.count()) == (None, 0, 1)


def test_a_roster_of_another_course_or_platform_names_nobody_here(client, fake, lti, world):
    other = make_enrollment(make_course("other"), "jon", account=None, lti_subject=SUBJECT)
    assert opened(client, fake).status_code == 403
    other.refresh_from_db()
    assert other.account is None
    named(world.student, account=None)
    LtiCourse.objects.filter(pk=lti.pk).update(context_id="course-78")
    assert opened(client, fake).status_code == 403


def test_a_place_that_has_an_account_is_not_taken_over(client, fake, lti, world):
    named(world.student)
    assert opened(client, fake).status_code == 403
    assert Enrollment.objects.get(pk=world.student.pk).account == world.student.account


@pytest.mark.medium
def test_the_owner_connects_it_by_their_own_click(client, fake, lti, world):
    client.force_login(world.student.account)
    page = opened(client, fake)
    assert (page.status_code, ProvenIdentity.objects.count()) == (200, 0)
    assert "Connect the account" in page.content.decode()
    strict = Client(enforce_csrf_checks=True, headers={})
    strict.cookies = client.cookies
    ticket = page.context["ticket"]
    assert strict.post("/lti/enter/", {"ticket": ticket}).status_code == 403
    assert client.post("/lti/enter/", {"ticket": ticket}).status_code == 302
    identity = ProvenIdentity.objects.get()
    assert (identity.account, identity.subject, identity.kind) == (world.student.account, SUBJECT, "lti")
    assert client.post("/lti/enter/", {"ticket": ticket}).status_code == 400  # once


@pytest.mark.medium
def test_an_identity_that_is_somebody_s_joins_nobody_else(client, fake, lti, world, known):
    jon = make_enrollment(world.course, "jon").account
    client.force_login(jon)
    opened(client, fake)
    assert account_of(client) == known
    assert ProvenIdentity.objects.get().account == known


@pytest.mark.medium
def test_a_closed_account_stays_closed(client, fake, lti, world, known):
    User.objects.filter(pk=known.pk).update(is_active=False)
    answer = opened(client, fake)
    assert (answer.status_code, account_of(client)) == (400, None)
    assert "is closed" in answer.content.decode()


@pytest.mark.medium
def test_a_ticket_that_somebody_else_sends_logs_nobody_in_without_a_click(client, fake, lti, known):
    """The link of one browser's launch, opened in another: a page that says as whom, and a button."""
    url = fake.launch(client, now()).headers["Location"]
    victim = Client()
    page = victim.get(url)
    assert (page.status_code, account_of(victim)) == (200, None)
    assert "Go on as" in page.content.decode()


@pytest.mark.medium
def test_out_of_a_frame_leads_a_link_into_a_window(client, fake, lti, world, known):
    said, _ = fake.begin(client)
    form = {"id_token": fake.sign(fake.claims(said["nonce"], now())), "state": said["state"]}
    page = client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "iframe"})
    assert page.status_code == 200
    assert "frame-ancestors https:" in page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    url = re.search(r'href="(/lti/enter/[^"]+)"', page.content.decode())[1].replace("&amp;", "&")
    window = Client()  # the frame's cookies are another partition's
    entered = window.get(url)
    assert (entered.status_code, account_of(window)) == (200, None)
    assert entered.headers["X-Frame-Options"] == "DENY"
    window.post("/lti/enter/", {"ticket": entered.context["ticket"]})
    assert account_of(window) == known


def test_without_a_cookie_the_platform_s_storage_holds_the_browser_s_secret(client, fake, lti, known):
    said, stored = fake.begin(client, lti_storage_target="_parent")
    page = stored.content.decode()
    assert stored.context["origin"] == fake.address
    assert (stored.context["key"], 'data-target="_parent"' in page) == (said["state"], True)
    client.cookies.clear()
    form = {"id_token": fake.sign(fake.claims(said["nonce"], now())), "state": said["state"]}
    found = client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "iframe"})
    assert (found.status_code, found.templates[0].name) == (200, "lti/find.html")
    answer = client.post("/lti/launch/", {**form, "binding": stored.context["value"]})
    assert (answer.status_code, answer.templates[0].name) == (200, "lti/leave.html")


def test_without_storage_or_where_it_is_empty_a_new_window_is_the_last_way(client, fake, lti):
    for target, more in (("", {}), ("_parent", {"binding": ""})):
        said, _ = fake.begin(client, **({"lti_storage_target": target} if target else {}))
        client.cookies.clear()
        form = {"id_token": fake.sign(fake.claims(said["nonce"], now())), "state": said["state"], **more}
        page = client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "iframe"})
        assert page.templates[0].name == "lti/window.html"
        again = re.search(r'href="(/lti/login/[^"]+)"', page.content.decode())[1].replace("&amp;", "&")
        assert client.get(again).status_code == 302


@pytest.mark.medium
def test_a_launch_tells_the_line_item_and_moves_it_only_to_one_that_is_free(client, fake, lti, world, known):
    layers = make_assignment(world.course, "m03")
    custom = {f"{CORE}custom": {"assay_assignment": f"a_{world.assignment.pk}"}}
    opened(client, fake, **custom, **fake.for_grades(7))
    assert LtiAssignment.objects.get().line_item == fake.line_item(7)
    opened(client, fake, **{f"{CORE}custom": {"assay_assignment": f"a_{layers.pk}"}}, **fake.for_grades(7))
    opened(client, fake, **custom, **fake.for_grades(8))
    row = LtiAssignment.objects.get()
    assert (row.assignment, row.line_item) == (world.assignment, fake.line_item(8))


@pytest.mark.medium
def test_an_assignment_of_another_course_is_none(client, fake, lti, world, known):
    theirs = make_assignment(make_course("other"))
    opened(client, fake, **{f"{CORE}custom": {"assay_assignment": f"a_{theirs.pk}"}}, **fake.for_grades(7))
    assert not LtiAssignment.objects.exists()


@pytest.mark.medium
def test_a_review_leads_staff_to_the_student_s_attempt_and_a_student_nowhere_else(client, fake, lti, world, known):
    jon = make_enrollment(world.course, "jon", lti_subject="s-jon")
    attempt = make_attempt(jon, world.assignment)
    graded(attempt)
    review = {
        f"{CORE}message_type": "LtiSubmissionReviewRequest",
        f"{CORE}for_user": {"user_id": "s-jon"},
        f"{CORE}custom": {"assay_assignment": f"a_{world.assignment.pk}"},
    }
    answer = opened(client, fake, **review)
    assert answer.headers["Location"] == f"/attempts/{attempt.public_id}/"
    assert client.get(answer.headers["Location"]).status_code == 404  # the page itself decides
    Enrollment.objects.filter(pk=world.student.pk).update(role=Role.INSTRUCTOR)
    assert client.get(opened(client, fake, **review).headers["Location"]).status_code == 200


# --- linking a course ---


@pytest.fixture
def teacher(world, platform, known) -> User:
    """Return the account that teaches the platform's course and leads the one here; neither is linked yet."""
    Enrollment.objects.filter(pk=world.student.pk).update(role=Role.INSTRUCTOR)
    return known


def test_who_teaches_it_there_and_leads_it_here_links_a_course(client, fake, world, teacher):
    page = opened(client, fake, **{f"{CORE}roles": [f"{ROLE}Instructor"]}).headers["Location"]
    assert page.startswith("/lti/link/?launch=")
    assert "CS 4210" in client.get(page).content.decode()
    signed = page.partition("launch=")[2]
    answer = client.post("/lti/link/", {"launch": signed, "course": "tinytorch"})
    assert answer.headers["Location"] == "/courses/tinytorch/gradebook/"
    link = LtiCourse.objects.get()
    assert (link.course, link.deployment_id, link.context_id) == (world.course, DEPLOYMENT, CONTEXT)
    assert (link.our_address, link.memberships_url) == (HOST, f"{fake.address}/members?c=77")
    assert AuditEvent.objects.filter(subject="LTI course of TinyTorch", actor=teacher).exists()
    assert client.post("/lti/link/", {"launch": signed, "course": "tinytorch"}).status_code == 404  # it has one


def test_a_platform_s_course_is_linked_to_one_course(client, fake, lti, world, teacher):
    other = make_course("other")
    make_enrollment(other, "mira-okafor", Role.INSTRUCTOR, account=teacher)
    told = {"platform": lti.platform_id, "deployment_id": DEPLOYMENT, "context_id": CONTEXT, "memberships_url": ""}
    with pytest.raises(NotToLink, match="linked to another course"):
        link_course(course=other, told=told, our_address=HOST, actor=teacher, at=now())


def test_a_learner_and_who_leads_nothing_are_offered_no_linking(client, fake, world, teacher):
    assert opened(client, fake).headers["Location"] == "/"
    Enrollment.objects.filter(pk=world.student.pk).update(role=Role.TA)
    assert opened(client, fake, **{f"{CORE}roles": [f"{ROLE}Instructor"]}).headers["Location"] == "/"


def test_somebody_else_s_linking_is_not_theirs(client, fake, world, teacher):
    page = opened(client, fake, **{f"{CORE}roles": [f"{ROLE}Instructor"]}).headers["Location"]
    client.force_login(make_enrollment(world.course, "tess", Role.INSTRUCTOR).account)
    assert client.get(page).status_code == 404
    assert client.get(page[:-3]).status_code == 404
