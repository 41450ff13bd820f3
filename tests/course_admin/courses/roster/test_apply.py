"""From a file to the roster: what is shown is done, whole or not at all, and leading people's lines stay as they are."""

import pytest

from course_admin.courses import roster
from course_admin.courses.models import AuditEvent, Enrollment, Role, Section
from course_admin.courses.roster.apply import people_of
from tests.course_admin.courses.roster.importing import asked, enrol, imported, on_roster, previewed
from tests.factories import NOW, make_course, make_enrollment, make_user

pytestmark = pytest.mark.django_db
PLAIN = "student_id,name,email,github_login,github_id,section,role\r\nU1,Jon Lindqvist,jon@x.edu,jon-l,77,Tue,\r\n"


@pytest.fixture
def course():
    return make_course()


def test_a_preview_stores_nothing_and_an_import_twice_is_one(course):
    assert len(previewed(course, PLAIN).added) == 1
    assert not Enrollment.objects.exists()
    imported(course, PLAIN)
    fields = ("name", "github_id", "section__name", "role")
    assert on_roster(course, *fields) == [("Jon Lindqvist", 77, "Tue", Role.STUDENT)]
    again = imported(course, PLAIN)
    assert (again.added, again.changed, again.unchanged, Section.objects.count()) == ([], [], 1, 1)


def test_a_preview_shows_every_field_before_and_after(course):
    jon = enrol(course, "Jon", student_id="U1", email="old@x.edu", github_login="jon", is_active=False)
    jon.other_emails.create(address="jon@home.example")
    (change,) = previewed(course, PLAIN).changed
    assert sorted(change.rows) == [
        ("GitHub login", "jon", "jon-l"),
        ("GitHub's number", "–", "77"),
        ("e-mail address", "old@x.edu", "jon@x.edu"),
        ("in the course", "no", "yes"),
        ("name", "Jon", "Jon Lindqvist"),
        ("sections", "–", "Tue"),
    ]
    imported(course, PLAIN)
    (person,) = people_of(course)
    assert (person.emails, person.is_active) == (("jon@x.edu", "jon@home.example"), True)


def test_an_empty_cell_erases_nothing(course):
    imported(course, PLAIN)
    imported(course, "student_id,name,email,github_login,section\nU1,,,,\n")
    assert on_roster(course, "name", "email", "section__name") == [("Jon Lindqvist", "jon@x.edu", "Tue")]


@pytest.mark.medium
@pytest.mark.parametrize(
    ("before", "cell", "after"),
    [
        ([], "annd@x.edu, doe.a@gmail.com", ["annd@x.edu", "doe.a@gmail.com"]),
        (["annd@x.edu"], "doe.a@gmail.com; ANND@x.edu", ["annd@x.edu", "doe.a@gmail.com"]),
        (["annd@x.edu", "doe.a@gmail.com"], "doe.a@gmail.com", ["annd@x.edu", "doe.a@gmail.com"]),
        (["typo@x.edu", "doe.a@gmail.com"], "annd@x.edu", ["annd@x.edu", "doe.a@gmail.com"]),
    ],
)
def test_every_address_of_a_person_is_kept_and_a_corrected_one_replaced(course, before, cell, after):
    ann = enrol(course, "Ann Doe", student_id="U1", email="".join(before[:1]))
    for address in before[1:]:
        ann.other_emails.create(address=address)
    imported(course, f'student_id,name,email\nU1,Ann Doe,"{cell}"\n')
    assert [list(each.emails) for each in people_of(course)] == [after]
    for address in after:
        plan = imported(course, f"name,email\nAnn Doe,{address}\n")
        assert (plan.added, plan.changed) == ([], [])


def test_several_sections_are_all_kept(course):
    header = "Student,ID,SIS User ID,SIS Login ID,Section\n"
    lines = '"Roe, Ann",501,U1,ar1,LEC and LAB2\n"Poe, Bob",502,U2,bp2,LEC and LAB1\n"Doe, Cy",503,U3,cd3,"LEC, LAB1, and HON"\n'
    imported(course, header + lines)
    assert set(Section.objects.values_list("name", flat=True)) == {"LEC", "LAB1", "LAB2", "HON"}
    assert {each.name: set(each.sections) for each in people_of(course)} == {
        "Ann Roe": {"LEC", "LAB2"},
        "Bob Poe": {"LEC", "LAB1"},
        "Cy Doe": {"LEC", "LAB1", "HON"},
    }
    assert previewed(course, header + lines).changed == []
    imported(course, header + '"Roe, Ann",501,U1,ar1,LEC\n')
    assert set(people_of(course)[0].sections) == {"LEC"}


# --- who stays, who goes ---


@pytest.mark.parametrize("people", ["", "Total,0,\n"])
def test_a_file_that_names_nobody_makes_nobody_missing(course, people):
    enrol(course, "Mira", email="mira@x.edu")
    with pytest.raises(roster.RosterRefused, match="1 error"):
        imported(course, f"student_id,name,email\n{people}", deactivate_missing=True)
    assert on_roster(course, "is_active") == [(True,)]


def test_who_is_missing_stays_unless_told_otherwise_and_comes_back_by_a_file(course):
    mira = enrol(course, "Mira", email="mira@x.edu")
    plan = imported(course, PLAIN)
    assert [each.name for each in plan.missing] == ["Mira"]
    mira.refresh_from_db()
    assert mira.is_active
    imported(course, PLAIN, deactivate_missing=True)
    mira.refresh_from_db()
    assert not mira.is_active
    assert AuditEvent.objects.filter(reason="roster import: not in the file").get().after == {"is_active": False}
    imported(course, "student_id,name,email\n,Mira,MIRA@x.edu\n")
    mira.refresh_from_db()
    assert mira.is_active


@pytest.mark.parametrize("header", ["status", "Enrollment Status", "Availability"])
def test_who_dropped_is_made_inactive_and_never_added(course, header):
    words = ("Yes", "No") if header == "Availability" else ("active", "Dropped")
    enrol(course, "B", student_id="S2", email="b@x.edu")
    text = (
        f"student_id,name,email,{header}\nS1,A,a@x.edu,{words[0]}\nS2,B,b@x.edu,{words[1]}\nS3,C,c@x.edu,{words[1]}\n"
    )
    plan = imported(course, text)
    assert on_roster(course, "name", "is_active") == [("B", False), ("A", True)]
    assert plan.notes == ["Line 4: C is not on the roster and has left the course: not added."]
    assert previewed(course, text).changed == []


@pytest.mark.parametrize(("answer", "is_active"), [("yes", True), ("no", False)])
def test_a_status_that_is_not_known_is_asked_about_once(course, answer, is_active):
    enrol(course, "A", student_id="S1")
    enrol(course, "B", student_id="S2")
    text = "student_id,name,status\nS1,A,Waitlisted\nS2,B,waitlisted\n"
    assert asked(previewed(course, text)) == [("status-waitlisted", ["yes", "no"])]
    imported(course, text, {"status-waitlisted": answer})
    assert on_roster(course, "is_active") == [(is_active,), (is_active,)]


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_tick_for_some_and_nothing_for_the_rest_is_asked_about(course, answer):
    text = "student_id,name,email,active\nS1,Ann,a@x.edu,yes\nS2,Bo,b@x.edu,\nS3,Cy,c@x.edu,\n"
    assert asked(previewed(course, text)) == [("no-status", ["yes", "no"])]
    imported(course, text, {"no-status": answer})
    assert len(on_roster(course, "name")) == (3 if answer == "yes" else 1)


def test_nothing_beside_some_who_dropped_means_in_the_course(course):
    text = "student_id,name,email,status\nS1,Ann,a@x.edu,dropped\nS2,Bo,b@x.edu,\n"
    assert asked(previewed(course, text)) == []


@pytest.mark.parametrize("by", ["missing", "status"])
def test_many_at_once_become_inactive_only_if_somebody_says_so_again(course, by):
    for number in range(10):
        enrol(course, f"P{number}", student_id=f"S{number}")
    text = "student_id,name,status\nS0,P0,active\n"
    text += "".join(f"S{number},P{number},dropped\n" for number in range(1, 8)) if by == "status" else ""
    options = {"deactivate_missing": by == "missing"}
    with pytest.raises(roster.RosterRefused, match="people would become inactive, of 10 who are active"):
        imported(course, text, **options)
    assert Enrollment.objects.active().count() == 10
    imported(course, text, **options, deactivate_many=True)
    assert Enrollment.objects.active().count() == (1 if by == "missing" else 3)


# --- those who lead the course ---


@pytest.mark.parametrize("role", [Role.HEAD_TA, Role.INSTRUCTOR])
@pytest.mark.parametrize(
    "line",
    [
        "U1,Ines Lead,new@x.edu,,,",  # re-key
        "U1,Ines Lead,,evil,,",  # claim
        "U9,Ines Lead,ines@x.edu,,,",
        "U1,Someone Else,ines@x.edu,,,",
        ",Eve,ines@x.edu,evil,,",
        "U1,Ines Lead,,,student,",
        "U1,Ines Lead,,,instructor,",
        "U1,Ines Lead,,,,dropped",
        "U1,Ines Lead,,ines-l,,",
    ],
)
def test_no_import_changes_the_line_of_somebody_who_leads(course, role, line):
    fields = {"student_id": "U1", "email": "ines@x.edu", "github_login": "ines", "github_id": 5}
    is_active = role == Role.HEAD_TA or "dropped" in line
    ines = enrol(course, "Ines Lead", role=role, is_active=is_active, **fields)
    before = Enrollment.objects.filter(pk=ines.pk).values().get()
    text = f"student_id,name,email,github_login,role,status\n{line}\nS2,Bob,b@x.edu,,,\n"
    for may_appoint in (True, False):
        plan = previewed(course, text, may_appoint=may_appoint)
        assert [(each.line, each.stops) for each in plan.problems] == [(2, False)]
        assert "Ines Lead" in plan.problems[0].sentence
        roster.apply(course=course, planned=plan, deactivate_missing=True, actor=make_user(is_superuser=True), at=NOW)
        assert Enrollment.objects.filter(pk=ines.pk).values().get() == before
    assert on_roster(course, "name") == [("Ines Lead",), ("Bob",)]


def test_a_leading_persons_keys_are_never_taken(course):
    ines = enrol(course, "Ines", role=Role.HEAD_TA, email="ines@x.edu", github_login="ines")
    enrol(course, "Ted", role=Role.TA, student_id="S1")
    text = "student_id,name,email,github_login\nS1,Ted,ines@x.edu,\nS2,Ines,,ines\n"
    plan = imported(course, text)
    assert [each.line for each in plan.left_out] == [2, 3]
    ines.refresh_from_db()
    assert (ines.email, ines.github_login) == ("ines@x.edu", "ines")
    assert Enrollment.objects.filter(email="ines@x.edu").count() == 1


def test_nobody_new_gets_what_identifies_who_leads(course):
    ines = enrol(course, "Ines", role=Role.INSTRUCTOR, email="ines@x.edu")
    enrol(course, "Bob", student_id="0012", github_login="bob")
    text = "student_id,name,email,github_login\n12,Bob,ines@x.edu,bob2\n"
    plan = previewed(course, text, {"line-2": "new"})
    assert [(each.line, each.stops) for each in plan.left_out] == [(2, False)]
    assert (plan.added, plan.open_questions) == ([], [])
    imported(course, text, {"line-2": "new"})
    assert on_roster(course, "email") == [(ines.email,), ("",)]


def test_a_leading_persons_line_that_says_what_is_known_is_no_error(course):
    enrol(course, "Ines", role=Role.INSTRUCTOR, email="ines@x.edu")
    text = "First Name,Last Name,SID,Email,Role\nInes,,,ines@x.edu,Instructor\nAnn,Roe,U1,a@x.edu,Student\n"
    plan = imported(course, text)
    assert (plan.problems, plan.unchanged, len(plan.added)) == ([], 1, 1)


@pytest.mark.parametrize("role", ["head_ta", "instructor"])
def test_only_who_may_appoint_appoints(course, role):
    enrol(course, "Ted", role=Role.TA, email="ted@x.edu")
    text = f"name,email,role\nTed,ted@x.edu,{role}\nNew,new@x.edu,{role}\nAnn,a@x.edu,\n"
    plan = previewed(course, text, may_appoint=False)
    assert [each.line for each in plan.left_out] == [2, 3]
    assert (plan.changed, [each.name for each in plan.added]) == ([], ["Ann"])
    assert previewed(course, text, may_appoint=True).problems == []


def test_the_service_itself_refuses_whatever_a_plan_says(course):
    text = "student_id,name,email\nS1,Bob,b@x.edu\n"
    bob = enrol(course, "Bob", student_id="S1")
    plan = previewed(course, text)
    Enrollment.objects.filter(pk=bob.pk).update(role=Role.INSTRUCTOR)
    with pytest.raises(roster.RosterRefused, match="leads the course"):
        roster.apply(course=course, planned=plan, deactivate_missing=False, actor=make_user(is_superuser=True), at=NOW)
    assert on_roster(course, "email") == [("",)]


# --- errors, and rosters that change meanwhile ---


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("U3,Kim,k@x,,,", "email"),
        ("U4,Lee,lee@x.edu,-lee-,,", "github_login"),
        ("U4,Lee,lee@x.edu,a b,,", "github_login"),
        (f"U4,Lee,lee@x.edu,,{10**19},", "github_id"),
        (f"{'U' * 65},Lee,lee@x.edu,,,", "student_id"),
        (f"U4,Lee,lee@x.edu,,,{'S' * 101}", "section"),
        (f"U4,{'L' * 201},lee@x.edu,,,", "name"),
        (",Nix,,,,", ""),
        ("U5,,n@x.edu,,,", "name"),
        (f'U5,Two,"n@x.edu, {"n" * 300}@x.edu",,,', "email"),
    ],
)
def test_an_error_is_named_by_line_and_column_and_stops_everything(course, line, column):
    text = f"student_id,name,email,github_login,github_id,section\nU1,Jon,jon@x.edu,,,\n{line}\n"
    plan = previewed(course, text)
    assert [(each.line, each.column, each.stops) for each in plan.problems] == [(3, column, True)]
    with pytest.raises(roster.RosterRefused, match="1 error; nothing was changed"):
        imported(course, text)
    assert not Enrollment.objects.exists()


@pytest.mark.parametrize("login", ["annroe_uni", "old-", "dash--dash", "A1", "a" * 39])
def test_every_login_that_github_gave_is_taken(course, login):
    imported(course, f"name,github login\nAnn,{login}\n")
    assert on_roster(course, "github_login") == [(login,)]


def test_a_confirmation_of_another_roster_refuses_and_does_nothing(course):
    plan = previewed(course, PLAIN)
    enrol(course, "Other", email="jon@x.edu")
    with pytest.raises(roster.RosterChanged, match="has changed since") as changed:
        roster.confirm(
            course=course,
            file=roster.read_roster(PLAIN.encode()),
            digest=plan.digest,
            deactivate_missing=True,
            actor=make_user(is_superuser=True),
            at=NOW,
        )
    assert on_roster(course, "name", "is_active") == [("Other", True)]
    assert [each.name for each in changed.value.plan.missing] == []


def test_a_key_taken_between_preview_and_saving_is_a_refusal_and_no_crash(course):
    plan = previewed(course, PLAIN)
    enrol(course, "Other", github_login="jon-l")
    with pytest.raises(roster.RosterRefused, match="changed meanwhile"):
        roster.apply(course=course, planned=plan, deactivate_missing=False, actor=make_user(is_superuser=True), at=NOW)
    assert on_roster(course, "name") == [("Other",)]


def test_a_preview_of_a_large_roster_takes_as_many_queries_as_of_a_small_one(course, django_assert_num_queries):
    for number in range(20):
        make_enrollment(course, f"s{number}", account=None).other_emails.create(address=f"s{number}@y.edu")
    lines = "".join(f"U{number},S{number},s{number}@example.edu\n" for number in range(300))
    file = roster.read_roster(f"student_id,name,email\n{lines}".encode())
    with django_assert_num_queries(4):
        plan = roster.plan(course, file)
    assert (len(plan.added), len(plan.changed)) == (280, 20)
