"""Invitations: by link, for one place, once; an address alone joins nobody to anything."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail, signing
from django.urls import reverse
from django.utils import timezone

from course_admin.courses.models import AuditEvent, Enrollment, Role
from course_admin.identity.guards.guesses import Limit
from course_admin.identity.models import ProvenIdentity, User
from course_admin.invitations import inviting
from course_admin.invitations.inviting import NotInvited, accept, invite, take_back, token_of
from course_admin.invitations.mail import send_invitations
from course_admin.invitations.models import GOOD_FOR, Invitation
from course_admin.policy import Refused
from tests.factories import make_course, make_enrollment, make_user

ORIGIN = "https://testserver"
PASSWORD = {"name": "Jon Weil", "password": "as long as a river", "again": "as long as a river"}


@pytest.fixture
def instructor(world) -> User:
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def jon(world) -> Enrollment:
    return make_enrollment(world.course, "jon", account=None)


def invited(person: Enrollment, instructor: User) -> Invitation:
    (made,) = invite(people=[person], origin=ORIGIN, actor=instructor, at=timezone.now())
    return made


def link(invitation: Invitation) -> str:
    return reverse("join", args=[token_of(invitation)])


def who(client: Any) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def test_a_mail_brings_somebody_in_with_a_password_of_their_own(client, world, instructor, jon):
    invited(jon, instructor)
    assert send_invitations(at=timezone.now()) == 1
    assert send_invitations(at=timezone.now()) == 0
    (sent,) = mail.outbox
    assert sent.to == ["jon@example.edu"]
    path = re.search(r"https://testserver(/join/\S+)", sent.body).group(1)
    assert "Jon" in client.get(path).content.decode()
    assert client.post(path, PASSWORD, follow=True).status_code == 200
    jon.refresh_from_db()
    assert who(client) == jon.account
    assert (jon.account.email, jon.account.name) == ("jon@example.edu", "Jon Weil")
    assert jon.account.check_password(PASSWORD["password"])
    assert jon.account.credential_set_at is not None
    assert not ProvenIdentity.objects.exists()  # a link that staff may see proves no address
    reasons = ("account made by its owner", "accepted", "accepted an invitation")
    events = AuditEvent.objects.filter(reason__in=reasons)
    assert [each.actor for each in events] == [jon.account] * 3


def test_somebody_with_an_account_joins_with_it(client, instructor, jon):
    account = make_user("jon-weil")
    client.force_login(account)
    path = link(invited(jon, instructor))
    assert client.get(path).status_code == 200
    jon.refresh_from_db()
    assert jon.account is None  # looking at it changes nothing
    assert client.post(path).status_code == 302
    jon.refresh_from_db()
    assert jon.account == account


def test_a_link_is_good_once_until_it_ends_or_is_taken_back(instructor, jon):
    first, account, now = invited(jon, instructor), make_user(), timezone.now()
    with pytest.raises(NotInvited):
        accept(token=token_of(first), account=account, at=now + GOOD_FOR)
    assert take_back(invitation=first, actor=instructor, at=now)
    assert not take_back(invitation=first, actor=instructor, at=now)
    with pytest.raises(NotInvited):
        accept(token=token_of(first), account=account, at=now)
    second = invited(jon, instructor)
    third = invited(jon, instructor)  # another one takes its place
    with pytest.raises(NotInvited):
        accept(token=token_of(second), account=account, at=timezone.now())
    accept(token=token_of(third), account=account, at=timezone.now())
    with pytest.raises(NotInvited):
        accept(token=token_of(third), account=make_user(), at=timezone.now())
    jon.refresh_from_db()
    assert jon.account == account


def test_a_link_that_was_changed_or_made_for_something_else_is_none(client, instructor, jon):
    good = token_of(invited(jon, instructor))
    for token in (f"{good}x", good.partition(":")[0], signing.Signer().sign(good.partition(":")[0]), "x"):
        answer = client.get(reverse("join", args=[token]))
        assert answer.status_code == 404
        assert "does not lead on" in answer.content.decode()


def test_a_place_that_has_an_account_or_is_inactive_by_now_is_not_given_away(instructor, jon):
    invitation = invited(jon, instructor)
    Enrollment.objects.filter(pk=jon.pk).update(is_active=False)
    with pytest.raises(NotInvited):
        accept(token=token_of(invitation), account=make_user(), at=timezone.now())
    owner = make_user()
    Enrollment.objects.filter(pk=jon.pk).update(is_active=True, account=owner)
    with pytest.raises(NotInvited):
        accept(token=token_of(invitation), account=make_user(), at=timezone.now())
    jon.refresh_from_db()
    assert jon.account == owner


def test_nobody_takes_a_second_place_of_a_kind(world, instructor, jon):
    with pytest.raises(NotInvited, match="has a place"):
        accept(token=token_of(invited(jon, instructor)), account=world.student.account, at=timezone.now())
    tutor = make_enrollment(world.course, "mira-ta", Role.TA, account=None)
    accept(token=token_of(invited(tutor, instructor)), account=world.student.account, at=timezone.now())


def test_an_address_that_has_an_account_is_not_opened_by_an_invitation(client, instructor, jon):
    owner = make_user(email="jon@example.edu")
    answer = client.post(link(invited(jon, instructor)), PASSWORD)
    assert "has an account already" in answer.content.decode()
    jon.refresh_from_db()
    assert (jon.account, who(client)) == (None, None)
    owner.refresh_from_db()
    assert not owner.check_password(PASSWORD["password"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"again": "another one entirely"}, "differ"), ({"password": "short", "again": "short"}, "at least 12")],
)
def test_a_password_that_will_not_do_makes_no_account(client, instructor, jon, change, sentence):
    answer = client.post(link(invited(jon, instructor)), {**PASSWORD, **change})
    assert sentence in answer.content.decode()
    assert who(client) is None
    assert not User.objects.filter(email="jon@example.edu").exists()


def test_only_who_leads_invites_and_only_an_instructor_who_leads(world, jon, instructor):
    tutor = make_enrollment(world.course, "tutor", Role.TA).account
    head = make_enrollment(world.course, "head", Role.HEAD_TA).account
    elsewhere = make_enrollment(make_course("other"), "else", Role.INSTRUCTOR).account
    boss = make_enrollment(world.course, "boss", Role.INSTRUCTOR, account=None)
    for actor, person in ((tutor, jon), (elsewhere, jon), (world.student.account, jon), (head, boss)):
        with pytest.raises(Refused):
            invite(people=[person], origin=ORIGIN, actor=actor, at=timezone.now())
    invite(people=[jon], origin=ORIGIN, actor=head, at=timezone.now())
    shown = invited(boss, instructor)
    with pytest.raises(Refused):
        take_back(invitation=shown, actor=head, at=timezone.now())


# --- the page of staff ---


@pytest.mark.slow
def test_everybody_without_an_account_is_invited_at_once(client, world, instructor, jon):
    bare = make_enrollment(world.course, "bare", account=None, email="")
    gone = make_enrollment(world.course, "gone", account=None, is_active=False)
    client.force_login(instructor)
    url = reverse("invitations", args=[world.course.slug])
    page = client.post(url, {"everybody": "1"}, follow=True).content.decode()
    assert "2 invited, 1 of them by mail. 1 has no address" in page
    assert set(Invitation.objects.values_list("enrollment", flat=True)) == {jon.pk, bare.pk}
    assert gone.pk not in Invitation.objects.values_list("enrollment", flat=True)
    assert "0 invited" in client.post(url, {"everybody": "1"}, follow=True).content.decode()
    send_invitations(at=timezone.now())
    page = client.get(url).content.decode()
    assert "sent to jon@example.edu, waits" in page
    for each in Invitation.objects.all():
        assert token_of(each) in page
    accept(token=token_of(Invitation.objects.get(enrollment=jon)), account=make_user(), at=timezone.now())
    assert "joined " in client.get(url).content.decode()
    taken = Invitation.objects.get(enrollment=bare)
    assert "worth nothing now" in client.post(url, {"take_back": taken.public_id}, follow=True).content.decode()


def test_a_head_ta_sees_no_link_to_an_instructors_line(client, world, instructor):
    boss = make_enrollment(world.course, "boss", Role.INSTRUCTOR, account=None)
    token = token_of(invited(boss, instructor))
    url = reverse("invitations", args=[world.course.slug])
    for actor, sees in ((make_enrollment(world.course, "head", Role.HEAD_TA).account, False), (instructor, True)):
        client.force_login(actor)
        assert (token in client.get(url).content.decode()) == sees
    client.force_login(Enrollment.objects.get(github_login="head").account)
    client.post(url, {"take_back": Invitation.objects.get().public_id})
    assert Invitation.objects.get().revoked_at is None


def test_a_mail_server_that_is_away_is_asked_again(world, instructor, jon, settings, monkeypatch):
    invited(jon, instructor)

    class Away:
        def __init__(self, **_told: Any) -> None: ...
        def __enter__(self) -> "Away":
            return self

        def __exit__(self, *_told: Any) -> None: ...
        def send_messages(self, _messages: Any) -> int:
            raise ConnectionRefusedError("nobody there")

    with monkeypatch.context() as patch:
        patch.setattr("course_admin.invitations.mail.get_connection", lambda: Away())
        assert send_invitations(at=timezone.now()) == 0
    assert Invitation.objects.get().mailed_at is None
    assert send_invitations(at=timezone.now()) == 1


def test_a_link_from_before_its_line_leads_is_good_only_if_it_is_by_somebody_who_appoints(world, instructor, jon):
    head = make_enrollment(world.course, "head", Role.HEAD_TA).account
    by_head, at = invited(jon, head), timezone.now()
    Enrollment.objects.filter(pk=jon.pk).update(role=Role.INSTRUCTOR)
    with pytest.raises(NotInvited):
        accept(token=token_of(by_head), account=make_user(), at=at)
    accept(token=token_of(invited(jon, instructor)), account=make_user(), at=at)


def test_who_was_invited_finds_out_of_few_addresses_whether_they_have_an_account(client, instructor, jon, monkeypatch):
    monkeypatch.setattr("course_admin.identity.guards.guesses.OF_JOINING", Limit(2, 3600))
    Enrollment.objects.filter(pk=jon.pk).update(email="")
    jon.refresh_from_db()
    url, taken = link(invited(jon, instructor)), make_user(email="somebody@example.edu").email
    answers = [client.post(url, {**PASSWORD, "email": taken}) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert client.post(url, {**PASSWORD, "email": "jon@example.edu"}, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_a_link_is_for_the_role_that_its_line_had_whoever_saw_it(instructor, jon):
    """A head TA has seen the link of a line that came to lead since."""
    invitation, at = invited(jon, instructor), timezone.now()
    seen = token_of(invitation)
    Enrollment.objects.filter(pk=jon.pk).update(role=Role.INSTRUCTOR)
    with pytest.raises(NotInvited):
        accept(token=seen, account=make_user(), at=at)
    accept(token=token_of(Invitation.objects.get(pk=invitation.pk)), account=make_user(), at=at)


def test_who_invites_nobody_any_more_gives_no_place_among_the_staff_away_by_an_old_link(world, jon):
    head = make_enrollment(world.course, "head", Role.HEAD_TA)
    tutor = make_enrollment(world.course, "tutor", Role.TA, account=None)
    of_staff, of_student, at = invited(tutor, head.account), invited(jon, head.account), timezone.now()
    Enrollment.objects.filter(pk=head.pk).update(role=Role.TA)
    with pytest.raises(NotInvited):
        accept(token=token_of(of_staff), account=make_user(), at=at)
    assert accept(token=token_of(of_student), account=make_user(), at=at) == jon


def test_an_invitation_is_sent_by_a_task_and_not_while_somebody_waits(
    world, instructor, jon, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        invited(jon, instructor)
    assert [each.task for each in sent] == [inviting.SEND]
    assert not mail.outbox
    assert timezone.now() - Invitation.objects.get().invited_at < timedelta(hours=1)
