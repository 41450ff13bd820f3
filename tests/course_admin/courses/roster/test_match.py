"""Who a line means: stable keys first, then claims, never a name alone; what is not proven is asked."""

import pytest

from course_admin.courses import roster
from course_admin.courses.models import Role
from tests.course_admin.courses.roster.importing import asked, enrol, imported, on_roster, previewed
from tests.factories import make_course

pytestmark = pytest.mark.django_db
CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section\n"


@pytest.fixture
def course():
    return make_course()


# --- stable keys ---


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ('Student,ID,SIS Login ID,Section\n"Roe, Ann",501,ar1,A\n', f'{CANVAS}"Roe, Ann",501,U1,ar1,A\n'),
        (f'{CANVAS}"Roe, Ann",501,U1,ar1,A\n', f'{CANVAS}"Roe-Smith, Ann",501,U1,ars9,A\n'),
        (f'{CANVAS}"Roe, Ann",501,0012345,ar1,A\n', f'{CANVAS}"Roe, Ann",501,12345,ar1,A\n'),
        (f'{CANVAS}"Roe, Ann",501,12345,ar1,A\n', f'{CANVAS}"Roe, Ann",501,0012345,ar1,A\n'),
        ("name,lti user id,email\nAnn Roe,s-1,a@x.edu\n", "name,lti user id,email\nAnn Poe,s-1,ann@x.edu\n"),
        ("name,student id,email\nAnn Roe,U1,a@x.edu\n", "name,student id,email\nAnn Roe,U1,other@x.edu\n"),
    ],
)
def test_a_stable_key_is_the_same_person(course, first, then):
    imported(course, first)
    plan = imported(course, then)
    assert (len(on_roster(course)), plan.added, plan.missing) == (1, [], [])
    assert previewed(course, then).changed == []


@pytest.mark.parametrize("second", ["0012345", "12345"])
def test_of_a_number_with_and_without_zeros_the_longer_stays(course, second):
    enrol(course, "Ann Roe", student_id="0012345" if second == "12345" else "12345", email="a@x.edu")
    imported(course, f"name,student id,email\nAnn Roe,{second},a@x.edu\n")
    assert on_roster(course, "student_id") == [("0012345",)]


@pytest.mark.parametrize(
    ("name", "words"), [("Ann Roe", "Same name, and the student id differs"), ("Bo", "The student id differs")]
)
def test_a_number_that_differs_by_zeros_alone_is_asked_about(course, name, words):
    ann = enrol(course, "Ann Roe", student_id="0012345")
    text = f"name,student id\n{name},12345\n"
    plan = previewed(course, text)
    assert asked(plan) == [("line-2", ["skip", f"is-{ann.pk}", "new"])]
    assert words in plan.questions[0].sentence
    assert plan.missing == []  # whoever has the grades does not go
    imported(course, text, {"line-2": f"is-{ann.pk}"})
    assert on_roster(course, "student_id") == [("0012345",)]


def test_two_people_whose_numbers_differ_by_zeros_stay_two(course):
    imported(course, "name,student id\nAnn,0012\nBob,12\n", {})
    plan = imported(course, "name,student id\nAnn R,0012\nBob P,12\n")
    assert (len(plan.changed), on_roster(course, "name", "student_id")) == (2, [("Ann R", "0012"), ("Bob P", "12")])


def test_a_renamed_login_is_known_by_its_number(course):
    enrol(course, "Ann Roe", github_login="annroe", github_id=4411)
    plan = imported(course, "identifier,github_username,github_id,name\nx9,ann-new,4411,Ann Roe\n")
    assert plan.changed[0].rows == [("GitHub login", "annroe", "ann-new")]
    assert on_roster(course, "github_login", "github_id") == [("ann-new", 4411)]


def test_a_login_that_changed_hands_is_the_new_owners_after_a_question(course):
    old = enrol(course, "Ann Roe", student_id="U1", github_login="octo", github_id=1)
    text = "student_id,name,github_login,github_id\nU2,Bob Poe,octo,2\n"
    assert asked(previewed(course, text)) == [("line-2", ["skip", f"is-{old.pk}", "new"])]
    imported(course, text, {"line-2": "new"})
    assert on_roster(course, "name", "github_login", "github_id") == [("Ann Roe", "", 1), ("Bob Poe", "octo", 2)]


@pytest.mark.parametrize(("answer", "number"), [("renamed", 77), ("other", None)])
def test_another_login_without_a_number_asks_whose_the_number_is(course, answer, number):
    enrol(course, "Ann Roe", student_id="U1", github_login="annroe", github_id=77)
    text = "student_id,name,github_login\nU1,Ann Roe,ann-new\n"
    assert [key for key, _ in asked(previewed(course, text))] == ["number-2"]
    imported(course, text, {"number-2": answer})
    assert on_roster(course, "github_login", "github_id") == [("ann-new", number)]


# --- a match that would change who somebody is ---


@pytest.mark.medium
@pytest.mark.parametrize(
    ("has", "line"),
    [
        ({"student_id": "U1", "email": "a@x.edu"}, "U2,,,Ann Roe,a@x.edu,"),
        ({"student_id": "U1", "canvas_id": "501"}, "U1,502,,Ann Roe,,"),
        ({"github_id": 5, "github_login": "octo"}, ",,6,Ann Roe,,octo"),
        ({"student_id": "U1", "github_id": 5}, "U1,,6,Ann Roe,,octo"),
        ({"student_id": "U1", "email": "a@x.edu"}, "U1,,,Zed Zulu,zed@x.edu,"),  # one key, and quite another name
        ({"email": "a@x.edu"}, ",,,Zed Zulu,a@x.edu,"),
    ],
)
def test_what_would_overwrite_who_somebody_is_asks(course, has, line):
    ann = enrol(course, "Ann Roe", **has)
    text = f"student_id,canvas id,github_id,name,email,github_login\n{line}\n"
    plan = previewed(course, text)
    assert asked(plan) == [("line-2", ["skip", f"is-{ann.pk}", "new"])]
    assert (plan.added, plan.changed, plan.missing) == ([], [], [])
    with pytest.raises(roster.RosterRefused, match="1 question waits"):
        imported(course, text)
    imported(course, text, {"line-2": "skip"})
    ann.refresh_from_db()
    assert {name: getattr(ann, name) for name in has} == has
    before = len(on_roster(course))
    imported(course, text, {"line-2": "new"})
    assert len(on_roster(course)) == before + 1


def test_the_same_name_with_other_details_is_no_question_when_two_keys_agree(course):
    enrol(course, "Ann Roe", student_id="U1", email="a@x.edu")
    assert asked(previewed(course, "student_id,name,email\nU1,Zed Zulu,a@x.edu\n")) == []


# --- names ---


@pytest.mark.parametrize(
    ("has", "text"),
    [
        (
            {"email": "ann@x.edu"},
            '"identifier","github_username","github_id","name"\n"ann.roe@s.x.edu","annroe","1","Ann Roe"\n',
        ),
        ({"student_id": "U1"}, "student_id,name,email\nU2,Ann Roe,ann@x.edu\n"),
        ({"student_id": "U1"}, 'name,email\n"ROE,  Ann",ann@x.edu\n'),
        ({"student_id": "U1", "is_active": False}, "student_id,name,email\nU2,Ann Roe,ann@x.edu\n"),
        ({"email": "ann@x.edu"}, 'identifier,github_username,github_id,name\n"Roe, Ann",,,\n'),
    ],
)
def test_a_name_alone_is_a_question_and_never_a_match(course, has, text):
    ann = enrol(course, "Ann Roe", **has)
    plan = previewed(course, text)
    assert asked(plan) == [("line-2", ["skip", f"is-{ann.pk}", "new"])]
    assert (plan.changed, plan.missing) == ([], [])
    imported(course, text, {"line-2": "new"})
    ann.refresh_from_db()
    assert {name: getattr(ann, name) for name in has} == has
    assert len(on_roster(course)) == 2


def test_a_namesake_who_has_a_line_of_their_own_is_somebody_else(course):
    enrol(course, "Ann Roe", student_id="U1")
    plan = imported(course, "student_id,name,email\nU1,Ann Roe,\nU2,Ann Roe,a2@x.edu\n")
    assert (len(plan.added), plan.questions) == (1, [])


def test_of_several_who_have_a_key_the_name_tells_which(course):
    enrol(course, "A", email="a@x.edu", github_login="login-b")
    enrol(course, "B", email="b@x.edu", github_login="login-a")
    plan = imported(course, "name,email,github_login\nA,a@x.edu,login-a\nB,b@x.edu,login-b\n")
    assert on_roster(course, "name", "github_login") == [("A", "login-a"), ("B", "login-b")]
    assert len(plan.changed) == 2


def test_several_who_have_a_key_and_none_the_name_are_asked_about(course):
    pks = [enrol(course, "Ann", email="a@x.edu").pk, enrol(course, "Bob", github_login="octo").pk]
    ((key, answers),) = asked(previewed(course, "name,email,github_login\nCid,a@x.edu,octo\n"))
    assert (key, sorted(answers)) == ("line-2", sorted(["skip", *(f"is-{pk}" for pk in pks), "new"]))


def test_two_stable_keys_of_two_people_are_a_question(course):
    ann = enrol(course, "Ann", student_id="U1")
    bob = enrol(course, "Bob", canvas_id="501")
    text = "student_id,canvas id,name\nU1,501,Ann\n"
    ((key, choices),) = asked(previewed(course, text))
    assert (key, sorted(choices)) == ("line-2", sorted(["skip", f"is-{ann.pk}", f"is-{bob.pk}", "new"]))
    answers = {"line-2": f"is-{ann.pk}"}
    assert [key for key, _ in asked(previewed(course, text, answers))] == ["take-2-canvas_id-501"]
    imported(course, text, {**answers, "take-2-canvas_id-501": "take"})
    assert on_roster(course, "student_id", "canvas_id") == [("U1", "501"), ("", "")]


# --- two people exchanged ---


@pytest.mark.parametrize(("fields", "header"), [(("login-a", "login-b"), "github_login"), (("ar1", "bp2"), "netid")])
def test_two_who_exchange_a_login_are_changed_as_a_whole(course, fields, header):
    name = "github_login" if header == "github_login" else "university_login"
    enrol(course, "A", student_id="S1", email="a@x.edu", **{name: fields[1]})
    enrol(course, "B", student_id="S2", email="b@x.edu", **{name: fields[0]})
    text = f"student_id,name,email,{header}\nS1,A,a@x.edu,{fields[0]}\nS2,B,b@x.edu,{fields[1]}\n"
    plan = imported(course, text)
    assert on_roster(course, name) == [(fields[0],), (fields[1],)]
    assert [each.rows[0][1:] for each in plan.changed] == [(fields[1], fields[0]), fields]


@pytest.mark.parametrize(
    ("key", "held", "header"),
    [("student_id", "canvas_id", CANVAS), ("github_id", "student_id", ""), ("student_id", "lti_subject", "")],
)
def test_two_who_exchange_a_stable_key_are_changed_as_a_whole_once_that_is_said(course, key, held, header):
    ann = enrol(course, "Ann Roe", **{key: "12", held: "501"})
    bob = enrol(course, "Bob Poe", **{key: "11", held: "502"})
    text = header and f'{header}"Roe, Ann",501,11,ar1,A\n"Poe, Bob",502,12,bp2,A\n'
    names = {"github_id": "github id", "lti_subject": "lti user id"}
    header = f"{names.get(held, held)},{names.get(key, key)},name\n"
    text = text or f"{header}501,11,Ann Roe\n502,12,Bob Poe\n"
    assert [key for key, _ in asked(previewed(course, text))] == ["line-2", "line-3"]
    imported(course, text, {"line-2": f"is-{ann.pk}", "line-3": f"is-{bob.pk}"})
    assert [(str(one), other) for one, other in on_roster(course, key, held)] == [("11", "501"), ("12", "502")]


def test_three_who_pass_addresses_on_are_changed_as_a_whole(course):
    for number in (1, 2, 3):
        enrol(course, f"P{number}", student_id=f"S{number}", email=f"{number}@x.edu")
    imported(course, "student_id,name,email\nS1,P1,2@x.edu\nS2,P2,3@x.edu\nS3,P3,1@x.edu\n")
    assert on_roster(course, "email") == [("2@x.edu",), ("3@x.edu",), ("1@x.edu",)]


def test_two_whose_numbers_are_exchanged_are_asked_about(course):
    ann = enrol(course, "Ann", student_id="S2", email="a@x.edu")
    bob = enrol(course, "Bob", student_id="S1", email="b@x.edu")
    text = "student_id,name,email\nS1,Ann,a@x.edu\nS2,Bob,b@x.edu\n"
    plan = previewed(course, text)
    assert [key for key, _ in asked(plan)] == ["line-2", "line-3"]
    assert "as if they had been exchanged" in plan.questions[0].sentence
    imported(course, text, {"line-2": f"is-{ann.pk}", "line-3": f"is-{bob.pk}"})
    assert on_roster(course, "name", "student_id", "email") == [("Ann", "S1", "a@x.edu"), ("Bob", "S2", "b@x.edu")]


# --- GitHub Classroom's free words ---


@pytest.mark.parametrize(
    ("identifier", "field", "value"),
    [
        ("Okafor, Mira (mo4412)", "university_login", "mo4412"),
        ("Okafor, Mira (4412)", "student_id", "4412"),
        ("U4412", "student_id", "U4412"),
        ("mira@x.edu", "email", "mira@x.edu"),
        ("Mira the Great", "student_id", "Mira the Great"),
    ],
)
def test_a_free_identifier_is_what_it_looks_like_and_means_the_same_next_time(course, identifier, field, value):
    text = f'identifier,github_username,github_id,name\n"{identifier}",,,\n'
    imported(course, text)
    assert on_roster(course, field) == [(value,)]
    again = previewed(course, text)
    assert (again.added, again.changed, again.unchanged, again.questions) == ([], [], 1, [])
    imported(course, f'identifier,github_username,github_id,name\n"{identifier}",mira-o,77,Mira Okafor\n')
    assert on_roster(course, field, "github_login") == [(value, "mira-o")]


def test_what_a_teacher_calls_somebody_is_their_name_rather_than_what_they_call_themselves(course):
    imported(course, 'identifier,github_username,github_id,name\n"Ann Roe",annroe,77,annie\n')
    assert on_roster(course, "name", "github_login") == [("Ann Roe", "annroe")]
    plan = previewed(course, "First Name,Last Name,SID,Email\nAnn,Roe,U1,ann@x.edu\n")
    assert [each.key for each in plan.open_questions] == ["line-2"]


def test_files_of_different_makers_meet_in_one_person(course):
    texts = [
        "First Name,Last Name,Email,SID,Role,Section\nJon,Lindqvist,jon@x.edu,U1,Reader,Tue\n",
        f'{CANVAS}"Lindqvist, Jon",48812,U1,jl1180,Tue\n',
        "identifier,github_username,github_id,name\nU1,jon-l,77,Jon Lindqvist\n",
        "Last Name,First Name,Username,Student ID,Last Access,Availability\nLindqvist,Jon,jl1180,U1,,Yes\n",
        "student_id,name,email,github_login,github_id,section,role\nU1,Jon Lindqvist,jon@x.edu,jon-l,77,Tue,\n",
    ]
    for text in texts:
        imported(course, text)
    fields = ("student_id", "email", "github_login", "canvas_id", "university_login", "role")
    assert on_roster(course, *fields) == [("U1", "jon@x.edu", "jon-l", "48812", "jl1180", Role.TA)]
    for text in texts:
        plan = previewed(course, text)
        assert (plan.changed, plan.questions, plan.unchanged) == ([], [], 1)


@pytest.mark.parametrize("answer", ["skip", "add"])
def test_who_alone_has_no_login_in_canvas_may_be_its_test_student(course, answer):
    text = f'{CANVAS}"Roe, Ann",501,U1,ar1,A\n"Xyzzy, Foo",9,,,A\n'
    assert asked(previewed(course, text)) == [("doubt-3", ["skip", "add"])]
    imported(course, text, {"doubt-3": answer})
    assert len(on_roster(course)) == (2 if answer == "add" else 1)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("student_id,name\nS1,Bob Poe\nS2,Ann Roe\n", ["line-2", "line-3"]),
        ("student_id,name,email\nS1,Bob Poe,a@x.edu\nS2,Ann Roe,b@x.edu\n", ["line-2", "line-3"]),
        ("name,email\nBob Poe,a@x.edu\nAnn Roe,b@x.edu\n", ["line-2", "line-3"]),
    ],
)
def test_two_whose_names_are_exchanged_are_asked_about(course, text, keys):
    ann = enrol(course, "Ann Roe", student_id="S1", email="a@x.edu")
    bob = enrol(course, "Bob Poe", student_id="S2", email="b@x.edu")
    plan = previewed(course, text)
    assert [key for key, _ in asked(plan)] == keys
    assert {f"is-{ann.pk}", f"is-{bob.pk}"} <= set(asked(plan)[0][1])
    imported(course, text, {"line-2": f"is-{ann.pk}", "line-3": f"is-{bob.pk}"})
    assert on_roster(course, "name", "student_id") == [("Bob Poe", "S1"), ("Ann Roe", "S2")]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("U1,annroe,77,xX Coder Xx", ["GitHub's number"]),  # what people call themselves there proves nothing
        ('"Roe, Ann",annroe,77,xX Coder Xx', ["GitHub's number"]),
        ('"Poe, Bob",annroe,77,xX Coder Xx', None),  # the roster has the login as Ann's
        ('"Poe, Bob (bp2)",annroe,77,', None),
    ],
)
def test_a_name_on_github_replaces_none_and_an_identifier_that_is_somebody_elses_name_asks(course, line, changed):
    ann = enrol(course, "Ann Roe", student_id="U1", github_login="annroe")
    bob = enrol(course, "Bob Poe", student_id="U2")
    plan = previewed(course, f"identifier,github_username,github_id,name\n{line}\n")
    if changed is None:
        assert asked(plan) == [("line-2", ["skip", f"is-{ann.pk}", f"is-{bob.pk}", "new"])]
    else:
        assert (plan.questions, [label for label, _, _ in plan.changed[0].rows]) == ([], changed)


def test_a_file_that_would_ask_without_end_is_an_error(course):
    lines = "".join(f"Person {number},p{number}@x.edu\n" for number in range(301))
    for number in range(301):
        enrol(course, f"Person {number}")
    (problem,) = previewed(course, f"name,email\n{lines}").errors
    assert "leaves 301 questions open" in problem.sentence


@pytest.mark.parametrize("name", ["Zoe Angstrom", "Ångström Zoë", "Zo\u0451 Ångström"])
def test_a_name_that_is_almost_the_same_asks(course, name):
    enrol(course, "Zoë Ångström", student_id="S1")
    (question,) = previewed(course, f"student_id,name\nS9,{name}\n").open_questions
    assert "Almost the same name, other keys" in question.sentence or "Same name" in question.sentence
