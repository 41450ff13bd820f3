"""The rules: one thing and rows get the same answer, a role reaches no further than its course, and services refuse."""

import ast
from pathlib import Path

import pytest

from course_admin.courses import roster
from course_admin.courses.audit import OtherCourse
from course_admin.courses.changes import delete_row, save_row
from course_admin.courses.models import Course, Enrollment, Role, Scope, Section
from course_admin.courses.roster import RosterFile
from course_admin.courses.roster.files.entry import Entry
from course_admin.gradebook.grading.grades import Rules, rules_of
from course_admin.gradebook.grading.what_if import apply
from course_admin.policy import (
    RIGHTS,
    Action,
    Refused,
    Right,
    allowed,
    may,
    may_in_table,
    require,
    require_change_of_line,
    require_fields,
    require_in_table,
    rows_in_table,
    seen_by_another,
    standing_of,
)
from course_admin.policy.actions import RULES
from course_admin.review.models import Comment
from course_admin.review.services import write_comment
from course_admin.settings.env import ROOT
from course_admin.submissions.models import Attempt, Run
from course_admin.submissions.queue import staff_requests
from tests.drawing import drawn
from tests.factories import NOW, graded, make_assignment, make_attempt, make_course, make_enrollment

#: What of a person is rules, and where it may be asked: Python's names of it, and the files that may say them.
ASKED = {"is_superuser", "has_perm", "get_all_permissions", "user_permissions"}
MAY_ASK = ("course_admin/policy/", "course_admin/identity/models.py", "course_admin/demo/course.py")


@pytest.mark.medium
def test_nothing_but_the_policy_asks_what_somebody_is():
    for path in sorted((ROOT / "course_admin").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name.startswith(MAY_ASK) or "/migrations/" in name:
            continue
        asked = {each.attr for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.Attribute)}
        assert not asked & ASKED, name


def who_may(people, action: Action, thing) -> set[str]:
    return {name for name, account in people.items() if may(account, action, thing)}


STAFF = {"ta", "listed_ta", "ta_of_all", "head_ta", "instructor", "root"}
#: One of each kind; who is left out is asked about in the slow case.
SOME = ("visitor", "student", "mate", "listed_ta", "instructor", "elsewhere_and_clerk")
LEADERS = {"head_ta", "instructor", "root"}
#: Action -> who of these may do it to the student's attempt, or to its course.
MAY = {
    Action.HAND_IN: {"student"},
    Action.SEE_WORK: STAFF | {"student"},
    Action.SEE_RESULTS: STAFF,
    Action.VIEW_AS_STUDENT: STAFF,
    Action.GRANT: STAFF,
    Action.TAKE_BACK: STAFF,
    Action.TAKE_BACK_OWN: {"student"},
    Action.JUDGE_AGAIN: STAFF,
    Action.CHOOSE: {"student"},
    Action.COMMENT: STAFF,
    Action.REQUEST_REGRADE: {"student"},
    Action.WRITE_BACK: {"student"},
    Action.DECIDE_REQUEST: STAFF,
    Action.OPEN_COURSE: STAFF | {"student", "mate", "observer", "other_ta", "ta_of_nobody"},
    Action.OPEN_GRADEBOOK: STAFF | {"other_ta", "ta_of_nobody"},
    Action.OPEN_QUEUE: STAFF | {"other_ta", "ta_of_nobody"},
    Action.OPEN_DESK: STAFF | {"other_ta", "ta_of_nobody"},
    Action.ANSWER_FAILURES: STAFF | {"other_ta", "ta_of_nobody"},
    Action.GRADE_BY_HAND: STAFF,
    Action.COMPARE_WORK: LEADERS,
    Action.RELEASE_GRADES: LEADERS,
    Action.LEAD: LEADERS,
    Action.REGRADE: LEADERS,
    Action.CHANGE_RULES: LEADERS,
    Action.SET_UP: LEADERS,
    Action.IMPORT_ROSTER: LEADERS,
    Action.INVITE: LEADERS,
    Action.BIND_REPOSITORY: LEADERS,
    Action.LINK_PLATFORM_COURSE: LEADERS,
    Action.KEEP_LMS_TOKEN: LEADERS,
    Action.SEND_GRADES: LEADERS,
    Action.READ_AUDIT_LOG: LEADERS,
    Action.APPOINT: {"instructor", "root"},
    Action.SEE_PRIVATE_REASON: {"root"},
    Action.GIVE_QUEUE_SHARE: {"root"},
    Action.NAME_REPOSITORIES: {"root"},
    Action.LINK_ACCOUNT: {"root"},
    Action.DETACH_IDENTITY: {"root"},
    Action.TRUST_SUITE: LEADERS,
    Action.OPEN_LEADERS_NAMES: {"instructor", "root"},
}
OF_A_COURSE = {
    Action.OPEN_COURSE,
    Action.OPEN_GRADEBOOK,
    Action.OPEN_QUEUE,
    Action.OPEN_DESK,
    Action.ANSWER_FAILURES,
    Action.COMPARE_WORK,
    Action.LEAD,
    Action.SET_UP,
    Action.IMPORT_ROSTER,
    Action.INVITE,
    Action.LINK_PLATFORM_COURSE,
    Action.KEEP_LMS_TOKEN,
    Action.SEND_GRADES,
    Action.READ_AUDIT_LOG,
    Action.APPOINT,
    Action.TRUST_SUITE,
    Action.OPEN_LEADERS_NAMES,
}


@pytest.mark.rows
@pytest.mark.parametrize("action", MAY)
def test_who_may_do_what(world, people, action):
    attempt = make_attempt(world.student, world.assignment)
    thing = world.course if action in OF_A_COURSE else attempt
    assert who_may(people, action, thing) == MAY[action]


def test_no_action_is_left_out():
    assert set(MAY) | {Action.DELETE_COMMENT} == set(Action) == set(RULES)


@pytest.mark.rows
@pytest.mark.parametrize(
    "names",
    [pytest.param(SOME, marks=pytest.mark.medium), pytest.param((), marks=pytest.mark.slow)],
    ids=["some", "everybody"],
)
def test_one_thing_and_rows_get_the_same_answer(world, people, names):
    author = people["ta"]
    people = {name: people[name] for name in names or people}
    run = graded(make_attempt(world.student, world.assignment))
    comment = Comment.objects.create(attempt=run.attempt, text="Nearly.", author=author, written_at=NOW)
    things = [world.course, world.assignment, world.student, run.attempt, run, comment, run.suite, run.checks.first()]
    for action in list(Action) if names else drawn(list(Action), 2):
        for thing in things:
            rows = type(thing)._base_manager.filter(pk=thing.pk)
            for name, account in people.items():
                in_rows = allowed(account, action, rows).exists()
                assert in_rows == may(account, action, thing), (action, thing, name)
    for model in (type(thing) for thing in things):
        thing = model._base_manager.get(pk=next(each.pk for each in things if type(each) is model))
        for right in Right:
            for name, account in people.items():
                in_rows = rows_in_table(account, right, model._base_manager.filter(pk=thing.pk)).exists()
                assert in_rows == may_in_table(account, right, thing), (right, model, name)


def test_an_author_who_is_no_staff_any_more_takes_nothing_back(world, people):
    attempt = make_attempt(world.student, world.assignment)
    comment = Comment.objects.create(attempt=attempt, text="Nearly.", author=people["ta"], written_at=NOW)
    assert who_may(people, Action.DELETE_COMMENT, comment) == {"ta"}
    Enrollment.objects.filter(account=people["ta"]).update(is_active=False)
    assert who_may(people, Action.DELETE_COMMENT, comment) == set()


def test_a_section_of_another_course_shows_a_ta_nobody(world, people):
    theirs = make_enrollment(make_course("third"), "theirs", section=None)
    section = Section.objects.create(course=theirs.course, name="Monday")
    Enrollment.objects.filter(pk=theirs.pk).update(section=section)
    Enrollment.objects.filter(account=people["ta"]).update(section=section)  # past every service
    Enrollment.objects.get(account=people["listed_ta"]).other_sections.set([section])
    theirs.refresh_from_db()
    for name in ("ta", "listed_ta"):
        assert not may(people[name], Action.SEE_WORK, theirs)
        assert not allowed(people[name], Action.SEE_WORK, Enrollment.objects.filter(pk=theirs.pk)).exists()


def test_tas_of_each_section_of_a_student_may_and_nobody_elses_do(world, people):
    thursday = Section.objects.get(name="Thursday")
    world.student.other_sections.set([thursday])
    attempt = make_attempt(world.student, world.assignment)
    sees = {"student", "ta", "other_ta", "listed_ta", "ta_of_all", "head_ta", "instructor", "root"}
    assert who_may(people, Action.SEE_WORK, world.student) == sees
    assert who_may(people, Action.SEE_WORK, attempt) == sees
    everything = Attempt.objects.filter(pk=attempt.pk)
    assert {name for name, each in people.items() if allowed(each, Action.SEE_WORK, everything).exists()} == sees


def test_a_students_further_section_in_another_course_shows_them_to_nobody_there(world, people):
    theirs = make_enrollment(make_course("third"), "theirs")
    theirs.other_sections.set([Section.objects.get(name="Tuesday")])  # past every service
    for name in ("ta", "listed_ta"):
        assert not may(people[name], Action.SEE_WORK, theirs)
        assert not allowed(people[name], Action.SEE_WORK, Enrollment.objects.filter(pk=theirs.pk)).exists()


def test_a_view_permission_lets_a_leader_of_another_course_look_and_do_nothing(world, people):
    attempt = make_attempt(world.student, world.assignment)
    both = people["elsewhere_and_clerk"]
    assert may_in_table(both, Right.VIEW, attempt)
    for right in (Right.ADD, Right.CHANGE, Right.DELETE, Right.OPERATE):
        for thing in (attempt, world.student, world.assignment, world.course):
            assert not may_in_table(both, right, thing)
    told = {"by": both, "at": NOW, "reason": "because"}
    assert staff_requests.regrade_attempts(attempts=Attempt.objects.all(), **told) == 0
    assert not Run.objects.exists()


# --- services refuse, whoever asks them ---


def refusals(world, actor):
    """Yield every service that a person asks for something of a course's own."""
    run = graded(make_attempt(world.student, world.assignment))
    told = {"by": actor, "at": NOW, "reason": "because"}
    on_record = {"actor": actor, "at": NOW, "reason": "because"}
    comment = {"text": "x", "test_id": "", "is_released": True, "author": actor, "at": NOW}
    rules = Rules(*[getattr(rules_of(world.assignment), name) for name in ("policy", "counting")])
    file = RosterFile("plain CSV", [Entry(2, {"name": "Eve"}, ("eve@example.edu",))])
    planned = roster.plan(world.course, file)
    yield lambda: staff_requests.cancel(run=run, **told)
    yield lambda: staff_requests.retry_run(run=run, **told)
    yield lambda: staff_requests.regrade(assignment=world.assignment, newest_only=True, **told)
    yield lambda: write_comment(attempt=run.attempt, **comment)
    yield lambda: apply(assignment=world.assignment, rules=rules, **on_record)
    yield lambda: roster.apply(course=world.course, planned=planned, deactivate_missing=True, actor=actor, at=NOW)
    yield lambda: save_row(row=world.student, **on_record)
    yield lambda: save_row(row=Section(course=world.course, name="Friday"), **on_record)
    yield lambda: delete_row(row=world.assignment, **on_record)


@pytest.mark.parametrize(
    "name", ["visitor", "stranger", "mate", "observer", "elsewhere", "elsewhere_and_clerk", "clerk"]
)
def test_a_service_refuses_with_a_sentence_and_changes_nothing(world, people, name):
    for ask in refusals(world, people[name]):
        with pytest.raises(Refused, match=r"^[A-Z].*\.$"):
            ask()
    assert not Comment.objects.exists()
    assert Enrollment.objects.filter(name="Eve").count() == 0


# --- a row stays where it is, and so do its credentials ---


def test_a_row_cannot_be_moved_into_another_course(world, people):
    make_enrollment(make_course("mine"), "both-led", Role.INSTRUCTOR, account=people["instructor"])
    mine = Course.objects.get(slug="mine")
    for row in (Section.objects.create(course=world.course, name="Friday"), make_assignment(world.course, "m02")):
        row.course = mine
        with pytest.raises(OtherCourse, match="stays in its course"):
            save_row(row=row, actor=people["instructor"], at=NOW, reason="tidying")


def test_only_an_administrator_links_an_account_by_hand(world, people):
    world.student.account = people["mate"]
    with pytest.raises(Refused):
        save_row(row=world.student, actor=people["instructor"], at=NOW, reason="agreed")


def test_every_page_of_the_back_office_has_its_rights(db):
    from django.contrib import admin

    assert {model._meta.label_lower for model in admin.site._registry} <= set(RIGHTS)


def test_the_files_of_the_rules_are_found():
    assert all((ROOT / each).exists() for each in MAY_ASK)
    assert Path(ROOT / "course_admin/policy").is_dir()


# --- a command of an operator's, and who looks at somebody else's pages ---


def test_a_command_of_an_operators_may_do_everything(world, people):
    line = make_enrollment(world.course, "boss", Role.INSTRUCTOR)
    for action in Action:
        assert require(None, action, line) is None
        assert allowed(None, action, Enrollment.objects.filter(pk=line.pk)).get() == line
    assert require_change_of_line(None, line, {"role": Role.STUDENT}) is None
    assert require_in_table(None, Right.DELETE, line) is None
    line.account = people["mate"]
    assert require_fields(None, line, Enrollment.objects.get(pk=line.pk)) is None


def test_who_looks_at_a_students_pages_is_that_student_there_and_nobody_elsewhere(world, people):
    elsewhere = make_enrollment(make_course("third"), "mira-there", Role.INSTRUCTOR, account=world.student.account)
    seen = seen_by_another(Enrollment.objects.select_related("account").get(pk=world.student.pk))
    assert may(seen, Action.SEE_WORK, world.student)
    assert standing_of(seen).courses_as(*Role) == {world.course.pk}
    assert not may(seen, Action.LEAD, elsewhere.course)
    assert may(world.student.account, Action.LEAD, elsewhere.course)


# --- where a course does not let its TAs, whose further section it is, and the words of a refusal ---


def test_where_a_course_does_not_let_its_tas_who_leads_still_may(world, people):
    attempt = make_attempt(world.student, world.assignment)
    Course.objects.filter(pk=world.course.pk).update(tas_may_grant=False)  # of the other course they still may
    rows = Attempt.objects.filter(pk=attempt.pk)
    assert who_may(people, Action.GRANT, attempt) == LEADERS
    assert {name for name, each in people.items() if allowed(each, Action.GRANT, rows).exists()} == LEADERS
    assert who_may(people, Action.COMMENT, attempt) == STAFF


def test_a_further_section_shows_its_student_to_that_sections_tas_alone(world, people):
    mate = make_enrollment(world.course, "of-thursday-too")
    mate.other_sections.set([Section.objects.get(name="Thursday")])
    sees = {"other_ta", "listed_ta", "ta_of_all", "head_ta", "instructor", "root"}
    rows = Enrollment.objects.filter(pk=mate.pk)
    assert who_may(people, Action.SEE_RESULTS, mate) == sees
    assert {name for name, each in people.items() if allowed(each, Action.SEE_RESULTS, rows).exists()} == sees


def test_a_refusal_says_who_may_or_that_it_is_about_ones_own_grade(world, people):
    own = Enrollment.objects.get(account=people["mate"])
    ta_too = make_enrollment(world.course, "mate-teaches", Role.TA, account=people["mate"], scope=Scope.ALL)
    with pytest.raises(Refused, match="somebody else of the course's staff decides it"):
        require(ta_too.account, Action.GRANT, own)
    with pytest.raises(
        Refused, match=r"^Only TA of their section or head TA or instructor or an administrator may set"
    ):
        require(people["observer"], Action.GRANT, own)
    with pytest.raises(Refused, match=r"^Only instructor or an administrator may make or unmake head TAs"):
        require(people["mate"], Action.APPOINT, own)


@pytest.mark.parametrize(
    ("action", "who"),
    [
        (Action.SEE_WORK, "its student or TA of their section or head TA or instructor or an administrator"),
        (Action.SEE_PRIVATE_REASON, "who was given the permission or an administrator"),
        (Action.HAND_IN, "its student"),
    ],
)
def test_a_refusal_names_everybody_who_may_in_their_order(action, who):
    assert RULES[action].refusal == f"Only {who} may {RULES[action].words}."


def test_what_is_stored_of_a_line_counts_whatever_somebody_holds(world, people):
    boss = Enrollment.objects.get(account=people["instructor"])
    boss.role = Role.STUDENT
    with pytest.raises(Refused, match="head TAs and instructors"):
        require_change_of_line(people["head_ta"], boss, {})


def test_an_administrator_takes_their_own_comment_back_and_no_other(world, people):
    attempt = make_attempt(world.student, world.assignment)
    told = {"attempt": attempt, "text": "Nearly.", "written_at": NOW}
    own, _ = (Comment.objects.create(author=people[name], **told) for name in ("root", "ta"))
    assert list(allowed(people["root"], Action.DELETE_COMMENT, Comment.objects.all())) == [own]
