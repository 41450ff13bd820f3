"""What of a file contradicts itself or the roster: one person as two lines, one key of two people."""

import pytest

from course_admin.courses import roster
from course_admin.courses.models import Role
from tests.course_admin.courses.roster.importing import asked, enrol, imported, on_roster, previewed
from tests.factories import make_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make_course()


# --- one key, two lines ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "student_id,name,email\nS1,Pat Old,shared@x.edu\nS2,Quin New,Shared@x.edu\n",
            "shared@x.edu is the e-mail address",
        ),
        (
            'student_id,name,email\nS3,Ray,"r@x.edu, shared@x.edu"\nS2,Quin New,shared@x.edu\n',
            "shared@x.edu is the e-mail",
        ),
        ("student_id,name,github_login\nS1,Pat Old,octo\nS2,Quin New,OCTO\n", "octo is the GitHub login"),
        ("student_id,name,netid\nS3,Ray,ar1\nS2,Quin New,ar1\n", "ar1 is the university login"),
    ],
)
def test_a_key_in_two_peoples_lines_is_an_error_that_names_both(course, text, words):
    enrol(course, "Pat Old", student_id="S1", email="old@x.edu")
    (problem,) = previewed(course, text).problems
    assert (problem.line, problem.stops) == (3, True)
    assert words in problem.sentence
    assert "(line 2)" in problem.sentence
    assert "Quin New (line 3)" in problem.sentence
    with pytest.raises(roster.RosterRefused, match="1 error"):
        imported(course, text)
    assert on_roster(course, "student_id", "email") == [("S1", "old@x.edu")]


def test_two_numbers_with_the_address_of_one_person_are_an_error(course):
    enrol(course, "Pat", email="p@x.edu")
    (problem,) = previewed(course, "student_id,name,email\nS1,Pat,p@x.edu\nS2,Pat,p@x.edu\n").problems
    assert (problem.line, problem.stops) == (3, True)


# --- a key of somebody whom no line changes ---


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        ("take", [("S1", ""), ("S2", "octo")]),
        ("without", [("S1", "octo"), ("S2", "")]),
        ("skip", [("S1", "octo"), ("S2", "")]),
    ],
)
def test_what_somebody_else_has_is_taken_only_if_somebody_says_so(course, answer, after):
    enrol(course, "Ann", student_id="S1", github_login="octo")
    enrol(course, "Bob", student_id="S2")
    text = "student_id,name,github_login\nS2,Bob,Octo\n"
    assert asked(previewed(course, text)) == [("take-2-github_login-octo", ["skip", "take", "without"])]
    plan = imported(course, text, {"take-2-github_login-octo": answer})
    assert [(number, login.casefold()) for number, login in on_roster(course, "student_id", "github_login")] == after
    assert {each.name for each in plan.changed} == ({"Ann", "Bob"} if answer == "take" else set())


def test_of_several_addresses_the_next_is_the_first_when_one_is_taken(course):
    ann = enrol(course, "Ann", student_id="S1", email="a@x.edu")
    ann.other_emails.create(address="ann@y.edu")
    text = "student_id,name,email\nS2,Bob,a@x.edu\n"
    imported(course, text, {"line-2": "new"})
    ann.refresh_from_db()
    assert (ann.email, ann.other_emails.count()) == ("ann@y.edu", 0)


def test_a_line_left_out_of_an_exchange_brings_up_the_other(course):
    enrol(course, "Ann", student_id="S1", github_login="login-b", github_id=1)
    enrol(course, "Bob", student_id="S2", github_login="login-a")
    text = "student_id,name,github_login\nS1,Ann,login-a\nS2,Bob,login-b\n"
    first = previewed(course, text)
    assert [key for key, _ in asked(first)] == ["number-2"]
    plan = previewed(course, text, {"number-2": "skip"})
    assert [key for key, _ in asked(plan)] == ["take-3-github_login-login-b"]
    with pytest.raises(roster.RosterRefused, match="question"):
        imported(course, text, {"number-2": "skip"})


# --- one person, two lines ---


@pytest.mark.parametrize(
    "text",
    [
        "student_id,name,email,section\nS1,Ann,a@x.edu,LEC\nS1,Ann,a@x.edu,LAB\n",
        'student_id,name,email,section\nS1,Ann Roe,a@x.edu,LEC\nS1,"Roe, Ann",,LAB\n',
        "name,email,section\nAnn,a@x.edu,LEC\nAnn,a@x.edu,LAB\n",
    ],
)
def test_a_line_for_each_section_is_one_person_unless_somebody_says_otherwise(course, text):
    plan = imported(course, text)
    assert (len(plan.added), [each.answer for each in plan.questions]) == (1, ["both"])
    assert ("sections", "–", "LEC; LAB") in plan.added[0].rows
    again = previewed(course, text)
    assert (again.added, again.changed) == ([], [])


@pytest.mark.parametrize("states", ["dropped active", "active dropped", "dropped dropped"])
def test_who_left_one_of_two_sections_is_in_the_other(course, states):
    ann = enrol(course, "Ann", student_id="S1")
    lecture, lab = states.split()
    imported(course, f"student_id,name,section,status\nS1,Ann,LEC,{lecture}\nS1,Ann,LAB,{lab}\n")
    ann.refresh_from_db()
    sections = {"dropped active": ["LAB"], "active dropped": ["LEC"]}.get(states, ["LEC", "LAB"])
    assert (ann.is_active, [each.name for each in ann.sections]) == ("active" in states, sections)


def test_the_same_line_twice_is_no_question(course):
    plan = imported(course, "student_id,name,email\nS1,Ann,a@x.edu\nS1,Ann,a@x.edu\n")
    assert (len(plan.added), plan.questions) == (1, [])


@pytest.mark.parametrize(("answer", "login"), [("first", ["one"]), ("second", ["two"]), ("skip", [])])
def test_two_lines_that_differ_ask_which_counts(course, answer, login):
    text = "student_id,name,github_login\nS1,Ann,one\nS1,Ann,two\n"
    assert asked(previewed(course, text)) == [("two-2-3", ["skip", "first", "second"])]
    imported(course, text, {"two-2-3": answer})
    assert [each for (each,) in on_roster(course, "github_login")] == login


@pytest.mark.parametrize(
    "text",
    [
        "name,email\nAnn Roe,a@x.edu\nAnn Roe,ann@y.edu\n",
        "name,student id,email\nAnn Roe,U1,\nAnn Roe,,ann@y.edu\n",
        'name,github login\n"Roe, Ann",one\nAnn Roe,two\n',
    ],
)
def test_one_name_with_other_keys_in_two_lines_is_asked_about(course, text):
    ((key, answers),) = asked(previewed(course, text))
    assert key == "two-2-3"
    assert "two" in answers
    imported(course, text, {key: "two"})
    assert len(on_roster(course)) == 2


def test_both_lines_of_one_person_are_one_with_both_addresses(course):
    imported(course, "name,email\nAnn Roe,a@x.edu\nAnn Roe,ann@y.edu\n", {"two-2-3": "both"})
    assert on_roster(course, "email", "other_emails__address") == [("a@x.edu", "ann@y.edu")]


def test_namesakes_with_their_own_numbers_are_two_people(course):
    plan = imported(course, "student_id,name,email\nS1,Wei Zhang,w1@x.edu\nS2,Wei Zhang,w2@x.edu\n")
    assert (len(plan.added), plan.questions) == (2, [])


def test_one_key_alike_and_another_not_is_an_error(course):
    (problem,) = previewed(course, "student_id,canvas id,name\nS1,501,Ann\nS2,501,Ann\n").problems
    assert "Line 2 (Ann) and line 3 (Ann) are one person by one key, and two by the student id" in problem.sentence


# --- one person, two roles ---


@pytest.mark.parametrize(
    ("answer", "roles"),
    [("also", [Role.TA, Role.STUDENT]), ("change", [Role.STUDENT]), ("skip", [Role.TA])],
)
def test_a_ta_who_is_named_a_student_may_be_both(course, answer, roles):
    enrol(course, "Ted Ta", role=Role.TA, email="ted@x.edu", student_id="U1")
    text = "student_id,name,email,role\nU1,Ted Ta,ted@x.edu,student\n"
    assert asked(previewed(course, text)) == [("role-2", ["skip", "also", "change"])]
    imported(course, text, {"role-2": answer})
    assert [each for (each,) in on_roster(course, "role")] == roles


def test_whoever_is_both_is_found_in_the_role_that_a_file_is_for(course):
    enrol(course, "Ted Ta", role=Role.TA, email="ted@x.edu", github_login="ted")
    enrol(course, "Ted Ta", email="ted@x.edu", student_id="U1")
    for text in (
        "student_id,name,email,role\nU1,Ted Ta,ted@x.edu,student\n,Ted Ta,ted@x.edu,TA\n",
        "student_id,name,email\nU1,Ted Ta,ted@x.edu\n",
        "name,github_login,email\nTed Ta,ted,ted@x.edu\n",
    ):
        plan = previewed(course, text)
        assert (plan.added, plan.questions, plan.problems) == ([], [], [])


def test_what_somebody_keeps_after_an_answer_is_not_given_to_another_line(course):
    enrol(course, "Ann", student_id="S1", email="b@x.edu")
    enrol(course, "Quin", student_id="S9", email="c@x.edu")
    text = "student_id,name,email\nS1,Ann,c@x.edu\nS2,Bob,b@x.edu\n"
    answers = {"take-2-email-c@x.edu": "without"}  # so that Ann keeps what Bob's line gives
    assert [key for key, _ in asked(previewed(course, text, answers))] == ["take-3-email-b@x.edu"]
    imported(course, text, {**answers, "take-3-email-b@x.edu": "without"})
    assert on_roster(course, "email") == [("b@x.edu",), ("c@x.edu",), ("",)]
