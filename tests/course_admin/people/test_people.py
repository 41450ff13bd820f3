"""The page of a course's people: who is found by which filter, what is shown of them, in as many queries for many as for few."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from course_admin.assignments.models import Extension
from course_admin.courses.models import Accommodation, Group, GroupMembership, Role, Section
from course_admin.invitations.inviting import invite
from course_admin.people.listing import AccountState, Wanted, lines_of, people_of
from tests.factories import NOW, make_assignment, make_course, make_enrollment, make_user


@pytest.fixture
def course(db):
    return make_course()


@pytest.fixture
def leader(client, course):
    client.force_login(make_enrollment(course, "ines", Role.INSTRUCTOR).account)
    return client


def names(course, **wanted) -> list[str]:
    return [each.name for each in people_of(course, Wanted(**wanted), NOW)]


def without_account(course, login: str):
    person = make_enrollment(course, login)
    person.account = None
    person.save()
    return person


def test_every_filter_finds_its_people(course):
    lab = Section.objects.create(course=course, name="Lab")
    lecture = Section.objects.create(course=course, name="Lecture")
    ada, bo = make_enrollment(course, "ada", name="Ada", section=lecture), make_enrollment(course, "bo", name="Bo")
    ada.other_sections.add(lab)
    tess = make_enrollment(course, "tess", Role.TA, name="Tess", section=lab)
    gone = make_enrollment(course, "gone", name="Gone", is_active=False)
    make_enrollment(make_course("other"), "elsewhere", name="Elsewhere")
    granted = {"granted_by": make_user("root"), "granted_at": NOW, "reason": "ill"}
    group = Group.objects.create(course=course, name="G1")
    GroupMembership.objects.create(group=group, student=bo)
    Extension.objects.create(assignment=make_assignment(course), group=group, days=2, **granted)
    assert names(course) == ["Ada", "Bo", "Tess"]
    assert names(course, role=Role.TA) == ["Tess"]
    assert names(course, section=lab) == ["Ada", "Tess"]
    assert names(course, words="BO") == ["Bo"]
    assert names(course, is_gone=True) == [gone.name]
    assert names(course, is_granted=True) == ["Bo"]
    Accommodation.objects.create(student=ada, extra_days=3, starts_at=NOW, **granted)
    assert names(course, is_granted=True) == ["Ada", "Bo"]
    lines = {line.person.name: line for line in lines_of(list(people_of(course, Wanted(), NOW)))}
    assert [each.days for each in lines["Bo"].extensions] == [2]
    assert lines["Ada"].accommodation.extra_days == 3
    assert (lines["Tess"].extensions, lines["Tess"].accommodation, tess.is_student) == ([], None, False)


def test_an_account_is_linked_invited_or_missing(course):
    invited, missing = without_account(course, "ivy"), without_account(course, "moe")
    linked = make_enrollment(course, "lea")
    author = make_enrollment(course, "ines", Role.INSTRUCTOR).account
    invite(people=[invited], origin="https://testserver", actor=author, at=NOW)
    found = {state: names(course, account=state, role=Role.STUDENT) for state in AccountState}
    assert found == {
        AccountState.LINKED: [linked.name],
        AccountState.INVITED: [invited.name],
        AccountState.NONE: [missing.name],
    }
    later = people_of(course, Wanted(account=AccountState.NONE), NOW + timedelta(days=40))
    assert {each.name for each in later} == {invited.name, missing.name}


@pytest.mark.medium
def test_the_page_shows_pages_and_needs_no_more_queries_for_many(leader, course):
    url = reverse("people", args=[course.slug])
    make_enrollment(course, "first")

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert leader.get(url).status_code == 200
        return len(counted)

    queries()
    few = queries()
    for number in range(55):
        make_enrollment(course, f"s{number:02}")
    assert queries() == few
    page = leader.get(url).content.decode()
    assert "57 people" in page
    assert "Page 1 of 2" in page
    assert "Page 2 of 2" in leader.get(url, {"page": 2}).content.decode()
    assert "1 person" in leader.get(url, {"q": "s01"}).content.decode()


@pytest.mark.medium
@pytest.mark.parametrize(
    "query", [{"role": "king"}, {"section": "999999999999999999999"}, {"account": "x"}, {"page": "x"}]
)
def test_what_cannot_be_read_filters_nothing(leader, course, query):
    page = leader.get(reverse("people", args=[course.slug]), query)
    assert page.status_code == 200
    assert "1 person" in page.content.decode()
