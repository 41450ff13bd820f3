"""Whatever roster and file are drawn: what the preview accepts is done, keys stay one person's, and leading lines stay."""

import random
from collections import Counter

import pytest

from course_admin.courses.models import Course, Enrollment, Role
from course_admin.courses.roster.apply import people_of
from tests.course_admin.courses.roster.importing import enrol, imported, previewed
from tests.factories import make_course

NAMES = ["Ann Roe", "Bob Poe", "Roe, Ann", "Cy Doe"]
COLUMNS = (
    "student_id",
    "name",
    "email",
    "github_login",
    "github_id",
    "canvas_id",
    "netid",
    "section",
    "role",
    "status",
)


def drawn_cells(chance: random.Random) -> list[str]:
    """Draw one line; few values, so that lines and people meet often."""

    def one(values: list[str], share: float = 0.6) -> str:
        return chance.choice(values) if chance.random() < share else ""

    return [
        one(["1", "01", "2", "3"]),
        one(NAMES, 0.9),
        one(["a@x.edu", "b@x.edu", "A@x.edu b@x.edu", "c@x.edu"]),
        one(["octo", "Octo", "hubot", "mona"]),
        one(["7", "8"], 0.3),
        one(["501", "502"], 0.3),
        one(["ar1", "bp2"], 0.3),
        one(["LEC", "LAB", "LEC; LAB"]),
        one(["student", "TA", "instructor"], 0.2),
        one(["active", "dropped", "perhaps"], 0.2),
    ]


def drawn_roster(chance: random.Random, course: Course) -> None:
    """Put up to five people on a roster, each with keys that nobody there has."""
    keys = {"student_id": ["1", "02", "3"], "github_login": ["octo", "hubot"], "canvas_id": ["501", "502"]}
    keys |= {"university_login": ["ar1", "bp2"], "email": ["a@x.edu", "b@x.edu", "c@x.edu"]}
    numbers = ["7", "8"]
    for _ in range(chance.randrange(6)):
        fields = {kind: values.pop() for kind, values in keys.items() if values and chance.random() < 0.5}
        if numbers and chance.random() < 0.4:
            fields["github_id"] = numbers.pop()
        role = chance.choice([Role.STUDENT, Role.STUDENT, Role.STUDENT, Role.TA, Role.INSTRUCTOR])
        enrol(course, chance.choice(NAMES), role=role, is_active=chance.random() < 0.8, **fields)


def leading(course: Course) -> list[dict]:
    return list(
        Enrollment.objects.filter(course=course, role__in=(Role.HEAD_TA, Role.INSTRUCTOR)).order_by("pk").values()
    )


def answered(chance: random.Random, course: Course, text: str) -> dict[str, str] | None:
    """Return answers to everything that a preview asks; None if the file has an error."""
    answers: dict[str, str] = {}
    for _ in range(40):
        plan = previewed(course, text, answers)
        if plan.errors:
            return None
        if not plan.open_questions:
            return answers
        question = plan.open_questions[0]
        answers[question.key] = chance.choice(question.choices).value
    raise AssertionError(f"There is no end of questions: {plan.open_questions}")


@pytest.mark.medium
@pytest.mark.django_db
@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 60))])
def test_what_a_preview_accepts_is_done(seed):
    chance = random.Random(seed)
    course = make_course(f"course-{seed}")
    drawn_roster(chance, course)
    for _ in range(6):
        lines = [",".join(drawn_cells(chance)) for _ in range(chance.randrange(1, 4))]
        text = "\n".join([",".join(COLUMNS), *lines])
        answers = answered(chance, course, text)
        if answers is None:
            continue
        before, number = leading(course), Enrollment.objects.filter(course=course).count()
        plan = imported(course, text, answers, deactivate_missing=True, deactivate_many=True)
        after = [row for row in leading(course) if row["id"] in {each["id"] for each in before}]
        assert after == before
        assert Enrollment.objects.filter(course=course).count() == number + len(plan.added)
        people = people_of(course)
        for place in (True, False):
            there = [each for each in people if each.is_student == place]
            addresses = Counter(address.casefold() for each in there for address in each.emails)
            assert all(count == 1 for count in addresses.values()), (text, answers)
        if not plan.questions and not plan.left_out:
            again = previewed(course, text)
            assert (again.added, [each.rows for each in again.changed]) == ([], [])
