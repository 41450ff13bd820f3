"""What an import does is on record, whole, and is refused to who does not lead the course."""

import pytest

from course_admin.courses import roster
from course_admin.courses.models import AuditEvent, Role, Section
from course_admin.policy import Refused
from tests.course_admin.courses.roster.importing import enrol, imported, on_roster
from tests.factories import NOW, make_course, make_enrollment

pytestmark = pytest.mark.django_db
PLAIN = "student_id,name,email,section\nU1,Jon Lindqvist,jon@x.edu,Tue\n"


@pytest.fixture
def course():
    return make_course()


def test_an_exchange_of_keys_is_done_and_on_record_step_by_step(course):
    for name, login in (("Ann", "ann-r"), ("Bob", "bob-p")):
        enrol(course, name, student_id=f"S-{name}", github_login=login)
    imported(course, "student_id,name,github_login\nS-Ann,Ann,bob-p\nS-Bob,Bob,ann-r\n")
    assert on_roster(course, "name", "github_login") == [("Ann", "bob-p"), ("Bob", "ann-r")]
    steps = {"Ann": ["ann-r", "", "bob-p"], "Bob": ["bob-p", "", "ann-r"]}
    for name, (before, between, after) in steps.items():
        events = AuditEvent.objects.filter(subject=name).order_by("pk")
        told = [(each.before["github_login"], each.after["github_login"]) for each in events]
        assert told == [(before, between), (between, after)]


def test_who_changes_place_keeps_their_keys_in_one_step(course):
    ted = enrol(course, "Ted", role=Role.TA, student_id="U1", email="ted@x.edu", github_login="ted", github_id=5)
    imported(course, "student_id,name,role\nU1,Ted,student\n", {"role-2": "change"})
    assert on_roster(course, "role", "student_id", "email", "github_login", "github_id") == [
        (Role.STUDENT, "U1", "ted@x.edu", "ted", 5)
    ]
    assert [each.after for each in AuditEvent.objects.filter(subject=ted.name)] == [{"role": "student"}]


def test_two_lines_of_one_person_exchange_their_places_and_keep_their_keys(course):
    keys = {"email": "ted@x.edu", "github_login": "ted"}
    enrol(course, "Ted A", role=Role.TA, student_id="U1", **keys)
    enrol(course, "Ted B", student_id="U2", **keys)
    text = "student_id,name,role\nU1,Ted A,student\nU2,Ted B,ta\n"
    imported(course, text, {"role-2": "change", "role-3": "change"})
    assert on_roster(course, "role", "email", "github_login") == [
        (Role.STUDENT, "ted@x.edu", "ted"),
        (Role.TA, "ted@x.edu", "ted"),
    ]


def test_addresses_and_sections_are_on_record(course):
    ann = enrol(course, "Ann", student_id="U1", email="typo@x.edu")
    ann.other_emails.create(address="a@home.example")
    imported(course, "student_id,name,email,section\nU1,Ann,a@home.example; ann@x.edu,LEC1; LAB1\n")
    events = AuditEvent.objects.filter(subject="other e-mail address of Ann")
    assert [each.after["address"] for each in events] == ["ann@x.edu"]
    (listed,) = AuditEvent.objects.filter(subject="Ann", after__has_key="other_sections")
    assert listed.after == {"other_sections": [Section.objects.get(name="LAB1").pk]}


@pytest.mark.parametrize("role", [Role.STUDENT, Role.OBSERVER, Role.TA])
def test_who_does_not_lead_the_course_imports_nothing(course, role):
    account = make_enrollment(course, "tess", role).account
    file = roster.read_roster(PLAIN.encode())
    planned = roster.plan(course, file)
    told = {"course": course, "deactivate_missing": True, "actor": account, "at": NOW}
    with pytest.raises(Refused, match="import a roster"):
        roster.confirm(file=file, digest=planned.digest, **told)
    with pytest.raises(Refused, match="import a roster"):
        roster.apply(planned=planned, **told)
    assert on_roster(course, "name", "is_active") == [("Tess", True)]


def test_an_import_is_in_the_audit_log(course):
    imported(course, PLAIN)
    section, event = AuditEvent.objects.order_by("pk")
    assert (event.reason, event.after["role"]) == ("roster import", Role.STUDENT)
    assert (section.reason, section.subject) == ("roster import", "section Tue")
