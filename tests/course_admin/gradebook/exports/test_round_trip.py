"""Every export, read back by its system's documented rules, gives that system exactly the grades that are here."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.course_admin.gradebook.exports.export_world import course_of, courses, csv_file, email, exported
from tests.course_admin.gradebook.exports.lms_readers import (
    Canvas,
    blackboard,
    brightspace,
    gradescope,
    moodle_csv,
    moodle_worksheet,
    moodle_xml,
    plain,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

drawn = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
MARKS = st.sampled_from([".", ","])


@drawn
@given(courses(), MARKS, st.sampled_from(",;"), st.data())
def test_canvas_stores_our_grades_and_keeps_every_other(world_, mark, delimiter, data):
    there = Canvas(
        people=[(str(48000 + n), number, email(n), f"Name {n}") for n, (_, number) in enumerate(world_.people)],
        assignments={str(900 + n): (title, Decimal(100)) for n, title in enumerate(world_.titles)},
    )
    there.people.append(("47999", "", "stranger@example.edu", "Somebody Else"))
    there.assignments["77"] = ("Participation", Decimal(10))
    for person, *_ in there.people:
        for assignment in there.assignments:
            score = data.draw(st.sampled_from(["", "12.50", "3.00"]))
            if score:
                there.scores[person, assignment] = score
    expected = dict(there.scores)
    with course_of(world_) as course:
        there.upload(exported(course, "canvas", there.download(delimiter), decimal_mark=mark))
    expected |= {(str(48000 + s), str(900 + a)): f"{points:.2f}" for s, a, points in world_.graded()}
    assert (there.scores, there.created) == (expected, [])


@drawn
@given(courses(), MARKS, st.sampled_from(["ID number", "Email address"]))
def test_moodle_csv(world_, mark, by):
    names = {"ID number": [number for _, number in world_.people], "Email address": [email(n) for n in range(9)]}[by]
    with course_of(world_) as course:
        data = exported(course, "moodle", decimal_mark=mark)
    found = moodle_csv(data, by, set(names), ";" if mark == "," else ",", mark)
    grades = {key: grade for key, (grade, _) in found.items() if grade is not None}
    assert grades == {(names[s], world_.titles[a]): points for s, a, points in world_.graded()}
    feedback = {key: words for key, (grade, words) in found.items() if grade is not None}
    assert all("set by giver" in words for words in feedback.values())


@drawn
@given(courses())
def test_moodle_xml(world_):
    numbers = [number for _, number in world_.people]
    expected = {(numbers[s], f"m{a:02}"): points for s, a, points in world_.graded()}
    with course_of(world_) as course:
        data = exported(course, "moodle-xml")
    found = moodle_xml(data, set(numbers), {f"m{a:02}" for a in range(3)})
    assert {key: score for key, (score, _) in found.items()} == expected
    assert {words.split(" = ")[0] for _, words in found.values()} == {
        f"{p:f}".rstrip("0").rstrip(".") for p in expected.values()
    }


@drawn
@given(courses(), MARKS)
def test_moodle_worksheet(world_, mark):
    header = [
        "Identifier",
        "Full name",
        "Email address",
        "Status",
        "Grade",
        "Maximum Grade",
        "Last modified (grade)",
        "Feedback comments",
    ]
    changed = {str(700 + n): "-" if n % 2 else "Friday, 2 October 2026, 9:14 PM" for n in range(len(world_.people))}
    rows = [
        [f"Participant {700 + n}", name, email(n), "Submitted", "", "100.00", changed[str(700 + n)], ""]
        for n, (name, _) in enumerate(world_.people)
    ]
    with course_of(world_) as course:
        sheet = csv_file(header, *rows, encoding="utf-8-sig")
        data = exported(course, "moodle-worksheet", sheet, decimal_mark=mark, assignments=["m00"])
    found = moodle_worksheet(data, changed, ";" if mark == "," else ",")
    grades = {key: Decimal(grade.replace(mark, ".")) for key, (grade, _) in found.items()}
    assert grades == {str(700 + s): points for s, a, points in world_.graded() if a == 0}
    assert all("set by giver" in words for _, words in found.values())


@drawn
@given(courses(), st.sampled_from([("\t", "utf-16"), (",", "utf-8"), (",", "utf-8-sig")]))
def test_blackboard(world_, written):
    header = ["Last Name", "First Name", "Username", "Student ID", "Last Access", "Availability"]
    header += [f"{title} [Total Pts: 100 Score] |{3370 + a}" for a, title in enumerate(world_.titles)]
    header += ["Total [Total Pts: up to 300 Score] |3369"]
    states = ["", "Needs Grading", "In Progress"]
    rows = [
        [name, "x", f"mo{n}", number, "-", "Yes", *(states[(n + a) % 3] for a in range(len(world_.titles))), "1"]
        for n, (name, number) in enumerate(world_.people)
    ]
    with course_of(world_) as course:
        data = exported(course, "blackboard", csv_file(header, *rows, delimiter=written[0], encoding=written[1]))
    found = blackboard(data, {f"mo{n}" for n in range(9)}, {str(3370 + a) for a in range(3)})
    assert found == {(f"mo{s}", str(3370 + a)): points for s, a, points in world_.graded()}


@drawn
@given(courses())
def test_brightspace(world_):
    items = [
        f"{title} Points Grade <Numeric MaxPoints:100 Weight:10 Category:Labs CategoryWeight:30>"
        for title in world_.titles
    ]
    header = [
        "OrgDefinedId",
        "Username",
        "Last Name",
        *items,
        "Adjusted Final Grade Numerator",
        "End-of-Line Indicator",
    ]
    rows = [
        [f"#{number}", f"#mo{n}", name, *("" for _ in world_.titles), "5", "#"]
        for n, (name, number) in enumerate(world_.people)
    ]
    with course_of(world_) as course:
        data = exported(course, "brightspace", csv_file(header, *rows))
    numbers = [number for _, number in world_.people]
    found = brightspace(data, set(numbers), dict.fromkeys(world_.titles, Decimal(100)))
    expected = {(numbers[s], world_.titles[a]): min(points, Decimal(100)) for s, a, points in world_.graded()}
    assert found == expected


@drawn
@given(courses())
def test_gradescopes_columns(world_):
    with course_of(world_) as course:
        found = gradescope(exported(course, "gradescope"))
    assert {key: points for key, (points, _, _) in found.items() if points is not None} == {
        (email(s), world_.titles[a]): points for s, a, points in world_.graded()
    }
    assert {key[0]: number for key, (_, _, number) in found.items()} == {
        email(n): number for n, (_, number) in enumerate(world_.people)
    }


@drawn
@given(courses(), MARKS)
def test_our_own_tables_wide_and_long(world_, mark):
    with course_of(world_) as course:
        wide, long = (plain(exported(course, name, decimal_mark=mark), mark) for name in ("wide", "long"))
    expected = {(email(s), f"m{a:02}"): points for s, a, points in world_.graded()}

    def number(text: str) -> Decimal:
        return Decimal(text.replace(mark, "."))

    slugs = [f"m{a:02}" for a in range(len(world_.titles))]
    assert {(row["email"], slug): number(row[slug]) for row in wide for slug in slugs if row[slug]} == expected
    assert {(row["email"], row["assignment"]): number(row["points"]) for row in long if row["points"]} == expected
    names = {email(n): person for n, person in enumerate(world_.people)}
    for table in (wide, long):
        assert {row["email"]: (row["name"], row["student_id"]) for row in table} == names
    assert "m99" not in wide[0]
    assert {row["assignment"] for row in long} == set(slugs)
