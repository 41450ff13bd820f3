"""A roster is read from its platform in the queue `sync`, followed on a page, and imported once somebody has seen it."""

import pytest
from werkzeug import Response

from course_admin.courses.models import Enrollment, Role
from course_admin.courses.roster import read_roster
from course_admin.integrations.lti import tasks
from course_admin.integrations.lti.advantage.members import Member, roster_file
from course_admin.integrations.lti.advantage.reading import ask, take
from course_admin.integrations.lti.models import MemberReading
from course_admin.integrations.outbox.enquiry.model import LONGEST
from course_admin.policy import Refused
from tests.course_admin.integrations.lti.fake_platform import SUBJECT
from tests.factories import NOW, make_enrollment

PAGE = "/courses/tinytorch/lti/roster/"


@pytest.fixture
def leader(client, world):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


def followed(client) -> tuple[str, str]:
    """Return what the page asks for while it is followed: the version, and the part that changes."""
    state, live = (client.get(f"{PAGE}{part}/") for part in ("state", "live"))
    return state.json()["version"], live.content.decode()


@pytest.mark.medium
def test_the_platform_is_asked_in_the_queue_and_imported_by_a_click(
    client, world, lti, fake, leader, sent, django_capture_on_commit_callbacks
):
    fake.per_page = 2
    fake.knows(SUBJECT, email="Mira-Okafor@example.edu", name="Mira Okafor")
    fake.knows("s-jon", email="jon@example.edu", given_name="Jon", family_name="Weil", lis_person_sourcedid="U1")
    fake.knows("s-gone", email="gone@example.edu", name="Gone", status="Inactive")
    fake.knows("s-ta", "Instructor#TeachingAssistant", email="tess@example.edu", name="Tess")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(PAGE, {"ask": ""}, follow=True)
    assert [(each.task, each.kwargs) for each in sent] == [(tasks.READ_MEMBERS, {"link_id": lti.pk})]
    assert fake.asked == []  # the page itself waits for nobody
    assert "live.js" in answer.content.decode()
    tasks.read_members(lti.pk)
    page = client.get(PAGE).content.decode()
    assert "4 people. Nothing has changed here yet." in page
    assert "live.js" not in page
    answer = client.post(PAGE, {"show": ""}, follow=True)
    assert answer.redirect_chain[-1][0] == "/courses/tinytorch/roster/?waiting=yes"
    assert "Jon Weil" in answer.content.decode()
    assert not MemberReading.objects.exists()  # names and addresses are kept once
    assert not Enrollment.objects.filter(name="Jon Weil").exists()
    client.post("/courses/tinytorch/roster/", {"confirm": "", "digest": answer.context["plan"].digest})
    world.student.refresh_from_db()
    assert world.student.lti_subject == SUBJECT
    jon = Enrollment.objects.get(lti_subject="s-jon")
    assert (jon.name, jon.student_id, jon.role) == ("Jon Weil", "U1", Role.STUDENT)
    assert Enrollment.objects.get(lti_subject="s-ta").role == Role.TA


@pytest.mark.medium
def test_the_page_is_followed_with_a_bar(client, world, lti, fake, leader):
    fake.knows(SUBJECT, email="mira-okafor@example.edu")
    fake.knows("s-jon", email="jon@example.edu")
    client.post(PAGE, {"ask": ""})
    asked, shown = followed(client)
    assert 'data-final="no"' in shown
    assert '<progress aria-label="The learning platform is being asked">' in shown
    MemberReading.objects.update(done=137)
    counted, shown = followed(client)
    assert counted != asked
    assert "137 read so far." in shown
    tasks.read_members(lti.pk)
    answered, shown = followed(client)
    assert answered != counted
    assert 'data-final="yes"' in shown
    assert 'name="show"' in shown
    assert MemberReading.objects.get().done == 2


@pytest.mark.medium
def test_a_list_that_breaks_off_changes_and_shows_nothing(client, world, lti, fake, leader):
    fake.per_page = 1
    fake.knows(SUBJECT, email="mira-okafor@example.edu")
    fake.knows("s-jon", email="jon@example.edu")
    fake.meddle = lambda request: Response("[]", 200) if request.args.get("from") == "1" else None
    client.post(PAGE, {"ask": ""})
    tasks.read_members(lti.pk)
    page = client.post(PAGE, {"show": ""}, follow=True).content.decode()
    assert "no list of members" in page
    assert 'name="show"' not in page
    assert MemberReading.objects.get().file == ""


@pytest.mark.medium
def test_without_names_and_roles_a_sentence_says_what_to_do(client, world, lti, fake, leader):
    type(lti).objects.update(memberships_url="")
    client.post(PAGE, {"ask": ""})
    tasks.read_members(lti.pk)
    assert "does not tell us who is in the course" in client.get(PAGE).content.decode()
    lti.delete()
    tasks.read_members(lti.pk)  # a message that comes late
    assert "linked to no course" in client.post(PAGE, {"ask": ""}, follow=True).content.decode()


@pytest.mark.medium
def test_an_answer_that_never_came_is_no_endless_bar(client, world, lti, fake, leader):
    client.post(PAGE, {"ask": ""})
    MemberReading.objects.update(asked_at=MemberReading.objects.get().asked_at - LONGEST)
    page = client.get(PAGE).content.decode()
    assert "no answer has come within an hour. Ask again." in page
    assert "<progress" not in page
    assert "live.js" not in page


def test_only_who_leads_the_course_asks_and_takes(world, lti):
    ta = make_enrollment(world.course, "ta", Role.TA).account
    with pytest.raises(Refused):
        ask(link=lti, actor=ta, at=NOW)
    with pytest.raises(Refused):
        take(link=lti, actor=ta)


def test_the_file_leaves_out_who_has_no_role_here():
    rows = roster_file([Member("s", "", True, "Robot", "", ""), Member("t", "TA", False, "Tess, A.", "t@x.edu", "")])
    assert rows.splitlines()[1:] == ['"Tess, A.",t@x.edu,,t,TA,inactive']


def test_names_in_any_script_are_read_as_those_of_a_file(world, lti, fake, leader):
    names = ["علی\u200cرضا رضایی", "=Ada", "Zoe\u0308 No\u00ebl\t", "李 小龍", "+Jon", "@Lea", "-Max"]
    for number, name in enumerate(names):
        fake.knows(f"s-{number}", name=name, email=f"u{number}@example.edu")
    ask(link=lti, actor=leader, at=NOW)
    tasks.read_members(lti.pk)
    data = take(link=lti, actor=leader)
    expected = ["علی\u200cرضا رضایی", "=Ada", "Zo\u00eb No\u00ebl", "李 小龍", "+Jon", "@Lea", "-Max"]
    assert [each.name for each in read_roster(data, None).entries] == expected
