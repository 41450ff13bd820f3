"""Self-enrolment: by code or by an address that was proven; staff let in where the course says so."""

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from course_admin.courses.models import Enrollment, Role
from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.invitations.enrolling import JoinRefused, decide, join, set_self_enrolment
from course_admin.invitations.models import JoinRequest, RequestState, SelfEnrolment
from course_admin.policy import Refused
from tests.course_admin.identity.test_identity import github, with_github  # noqa: F401 - a fixture
from tests.factories import NOW, make_enrollment, make_user

PASSWORD = {"name": "Jon Weil", "password": "as long as a river", "again": "as long as a river"}


@pytest.fixture
def instructor(world) -> User:
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def opened(world) -> SelfEnrolment:
    return SelfEnrolment.objects.create(course=world.course, is_open=True, code="ABCDEFGHJK", needs_approval=False)


def prove(account: User, address: str) -> None:
    ProvenIdentity.objects.create(account=account, kind=IdentityKind.EMAIL, subject=address, proven_at=NOW)


def test_who_knows_the_code_is_in_once(world, opened):
    account = make_user("jon")
    for code in ("", "WRONG", "ABCDEFGHJ"):
        with pytest.raises(JoinRefused, match="another one, or it is closed"):
            join(course=world.course, account=account, code=code, at=NOW)
    place = join(course=world.course, account=account, code=" abcdefghjk ", at=NOW)
    assert (place.account, place.role, place.email) == (account, Role.STUDENT, "")  # an address that nobody proved
    with pytest.raises(JoinRefused, match="already"):
        join(course=world.course, account=account, code=opened.code, at=NOW)


def test_a_closed_course_lets_nobody_in_and_has_no_page(client, world, opened):
    SelfEnrolment.objects.update(is_open=False)
    with pytest.raises(JoinRefused):
        join(course=world.course, account=make_user(), code=opened.code, at=NOW)
    assert client.get(reverse("join-start", args=[world.course.slug])).status_code == 404


def test_a_domain_lets_in_who_proved_an_address_of_it_and_nobody_who_says_so(world, opened):
    SelfEnrolment.objects.update(code="", email_domains="example.edu, @uni.example, kit.example")
    says_so = make_user(email="says@example.edu")
    with pytest.raises(JoinRefused):
        join(course=world.course, account=says_so, code="", at=NOW)
    as_kelvin = "x@\u212ait.example"
    told = {"jon@example.edu": True, "eva@uni.example": True, "x@notexample.edu": False, as_kelvin: False}
    for address, is_in in told.items():
        account = make_user()
        prove(account, address)
        if is_in:
            assert join(course=world.course, account=account, code="", at=NOW).email == address
        else:
            with pytest.raises(JoinRefused):
                join(course=world.course, account=account, code="", at=NOW)


def test_a_line_that_is_there_is_not_taken_by_being_alike(world, opened):
    line = make_enrollment(world.course, "jon", account=None)
    account = make_user()
    prove(account, "jon@example.edu")
    with pytest.raises(JoinRefused, match="on the roster already"):
        join(course=world.course, account=account, code=opened.code, at=NOW)
    line.refresh_from_db()
    assert line.account is None
    assert not Enrollment.objects.filter(account=account).exists()


def test_staff_let_in_or_decline_where_the_course_says_so(world, opened, instructor):
    SelfEnrolment.objects.update(needs_approval=True)
    jon, eva = make_user("jon"), make_user("eva")
    asked = join(course=world.course, account=jon, code=opened.code, at=NOW)
    assert isinstance(asked, JoinRequest)
    assert join(course=world.course, account=jon, code=opened.code, at=NOW) == asked
    assert not Enrollment.objects.filter(account=jon).exists()
    with pytest.raises(Refused):
        decide(request=asked, lets_in=True, actor=make_enrollment(world.course, "ta", Role.TA).account, at=NOW)
    assert decide(request=asked, lets_in=True, actor=instructor, at=NOW).account == jon
    other = join(course=world.course, account=eva, code=opened.code, at=NOW)
    decide(request=other, lets_in=False, actor=instructor, at=NOW)
    with pytest.raises(JoinRefused, match="declined"):
        join(course=world.course, account=eva, code=opened.code, at=NOW)
    assert decide(request=other, lets_in=True, actor=instructor, at=NOW).account == eva  # minds change


def test_only_who_leads_says_who_may_join_and_an_open_course_has_a_way(world, instructor):
    told = {"course": world.course, "is_open": True, "needs_approval": True, "at": NOW}
    with pytest.raises(Refused):
        set_self_enrolment(**told, with_code=True, email_domains="", actor=world.student.account)
    with pytest.raises(JoinRefused, match="needs a code"):
        set_self_enrolment(**told, with_code=False, email_domains=" , ", actor=instructor)
    first = set_self_enrolment(**told, with_code=True, email_domains="", actor=instructor)
    assert len(first.code) == 10
    assert set_self_enrolment(**told, with_code=True, email_domains="x.example", actor=instructor).code == first.code


# --- the pages ---


def test_a_visitor_joins_with_an_address_that_the_mail_proves(client, world, opened):
    start = reverse("join-start", args=[world.course.slug])
    page = client.post(start, {"email": "Jon@example.edu", "code": opened.code})
    assert "We sent a mail" in page.content.decode()
    (sent,) = mail.outbox
    path = re.search(r"http://testserver(/join/address/\S+)", sent.body).group(1)
    assert client.get(path).status_code == 200
    assert not User.objects.filter(email="jon@example.edu").exists()
    client.post(path, PASSWORD)
    place = Enrollment.objects.get(account__email="jon@example.edu")
    assert (place.course, place.role, place.email) == (world.course, Role.STUDENT, "jon@example.edu")
    assert place.account.identities.get().subject == "jon@example.edu"
    assert client.get(path).status_code == 404  # it is good for one account
    assert client.get("/").status_code == 200


def test_an_address_that_the_mail_proves_gets_the_line_that_waits_for_it(client, world, opened):
    line = make_enrollment(world.course, "jon", account=None)
    client.post(reverse("join-start", args=[world.course.slug]), {"email": "jon@example.edu", "code": opened.code})
    path = re.search(r"http://testserver(/join/address/\S+)", mail.outbox[0].body).group(1)
    client.post(path, PASSWORD)
    line.refresh_from_db()
    assert line.account.email == "jon@example.edu"
    assert Enrollment.objects.filter(course=world.course, email="jon@example.edu").count() == 1


def test_an_address_that_has_an_account_is_told_by_mail_and_the_page_says_the_same(client, world, opened):
    make_user(email="eva@example.edu")
    start = reverse("join-start", args=[world.course.slug])
    pages = [client.post(start, {"email": f"{who}@example.edu", "code": opened.code}) for who in ("eva", "new")]
    said = [re.sub("(eva|new)@", "X@", re.sub('value="[^"]{64}"', "", page.content.decode())) for page in pages]
    assert said[0] == said[1]
    assert "You have an account already" in mail.outbox[0].body
    assert "/join/address/" not in mail.outbox[0].body


@pytest.mark.slow
def test_no_mail_leaves_for_a_wrong_code_and_who_tries_without_end_waits(client, world, opened, monkeypatch):
    start = reverse("join-start", args=[world.course.slug])
    for _ in range(60):
        page = client.post(start, {"email": "jon@example.edu", "code": "WRONG"})
    assert "another one, or it is closed" in page.content.decode()
    assert "wait an hour" in client.post(start, {"email": "jon@example.edu", "code": opened.code}).content.decode()
    assert not mail.outbox


def test_staff_open_a_course_and_let_somebody_in_on_one_page(client, world, instructor):
    client.force_login(instructor)
    url = reverse("invitations", args=[world.course.slug])
    client.post(url, {"settings": "1", "is_open": "on", "with_code": "on", "needs_approval": "on"})
    code = SelfEnrolment.objects.get().code
    assert code in client.get(url).content.decode()
    jon = make_user("jon")
    client.force_login(jon)
    page = client.post(reverse("join-course", args=[world.course.slug]), {"code": code}, follow=True)
    assert "You asked to join" in page.content.decode()
    client.force_login(instructor)
    client.post(url, {"let_in": str(JoinRequest.objects.get().pk)})
    assert JoinRequest.objects.get().state == RequestState.ACCEPTED
    assert Enrollment.objects.filter(account=jon, course=world.course).exists()


@pytest.mark.medium
def test_a_first_log_in_with_github_opens_with_the_code_and_not_without(client, world, opened, github):  # noqa: F811
    github["user"] = {"id": 99, "login": "stranger", "name": "A Stranger"}
    with_github(client)
    assert not User.objects.filter(name="A Stranger").exists()
    elsewhere = reverse("join-elsewhere", args=[world.course.slug])
    client.post(elsewhere, {"code": "WRONG"})
    with_github(client)
    assert not User.objects.filter(name="A Stranger").exists()
    client.post(elsewhere, {"code": opened.code})
    with_github(client)
    place = Enrollment.objects.get(github_id=99)
    assert (place.account.name, place.github_login, place.course) == ("A Stranger", "stranger", world.course)


@pytest.mark.medium
@pytest.mark.parametrize("needs_approval", [True, False])
def test_the_page_to_which_a_first_log_in_leads_says_what_came_of_it(client, world, opened, github, needs_approval):  # noqa: F811
    SelfEnrolment.objects.update(needs_approval=needs_approval)
    github["user"] = {"id": 99, "login": "stranger", "name": "A Stranger"}
    client.post(reverse("join-elsewhere", args=[world.course.slug]), {"code": opened.code})
    with_github(client)
    page = client.get(reverse("join-course", args=[world.course.slug]), follow=True)
    assert page.redirect_chain[0] == (reverse("home"), 302)
    assert ("You asked to join" if needs_approval else "You are in TinyTorch now.") in page.content.decode()


def test_a_first_log_in_with_github_takes_the_place_of_an_invitation(client, world, instructor, github):  # noqa: F811
    from course_admin.invitations.inviting import invite, token_of

    line = make_enrollment(world.course, "jon", account=None)
    (made,) = invite(people=[line], origin="https://testserver", actor=instructor, at=timezone.now())
    github["user"] = {"id": 99, "login": "stranger", "name": "Jon Weil"}
    client.get(reverse("join", args=[token_of(made)]))
    with_github(client)
    line.refresh_from_db()
    assert line.account.identities.get(kind=IdentityKind.GITHUB).subject == "99"
    assert (line.github_login, line.github_id) == ("jon", None)  # what the roster claims, staff change
    back = client.get(reverse("join", args=[token_of(made)]))  # to where the log-in leads
    assert (back.status_code, back["Location"]) == (302, reverse("home"))
    client.force_login(instructor)
    assert client.get(reverse("join", args=[token_of(made)])).status_code == 404


@pytest.mark.parametrize(
    ("domains", "words"),
    [(" , ", "needs a code"), ("kit.example, " * 50, "Nothing was saved: look at what is marked.")],
)
def test_who_may_join_stays_as_it_was_typed_where_it_is_refused(client, world, instructor, domains, words):
    client.force_login(instructor)
    answer = client.post(
        f"/courses/{world.course.slug}/invitations/", {"settings": "1", "is_open": "on", "email_domains": domains}
    )
    html = answer.content.decode()
    assert (answer.status_code, words in html, "&lt;ul" in html) == (200, True, False)
    assert f'value="{domains.strip()}"' in html or f'value="{domains}"' in html
    assert not SelfEnrolment.objects.filter(is_open=True).exists()
