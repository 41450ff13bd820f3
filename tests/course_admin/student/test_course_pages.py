"""A course's own pages: what is next, where everything stands, every attempt, two beside each other; each in a few queries."""

from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.conf import settings

from course_admin.assignments.late import LateKind, LatePolicy
from course_admin.assignments.late_words import late_words
from course_admin.courses.models import Role
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.student.cards import cards_of, next_of, stacks_of
from course_admin.student.history import history_of
from course_admin.submissions.models import Repository, Run, RunState
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives
from grader.verdict import Verdict
from tests.factories import (
    NOW,
    OWNER,
    graded,
    make_assignment,
    make_attempt,
    make_check,
    make_course,
    make_enrollment,
    make_run,
)
from tests.screenshots.scene import make_scene

DAY = timedelta(days=1)
HOSTILE = b"x = 1  # \xe2\x80\xae</pre><script>alert(1)</script>\n"


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW)


def due(world, days: float, **fields):
    world.assignment.due_at = NOW + days * DAY
    for name, value in fields.items():
        setattr(world.assignment, name, value)
    world.assignment.save()


def card_of(world):
    return next(card for card in cards_of(world.student, NOW) if card.assignment == world.assignment)


def home(client, world) -> str:
    client.force_login(world.student.account)
    return " ".join(client.get(f"/courses/{world.course.slug}/").content.decode().split())


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (LatePolicy(), "late costs nothing"),
        (LatePolicy(LateKind.PER_DAY), "late costs nothing"),
        (LatePolicy(LateKind.PER_DAY, Decimal(10), Decimal(30)), "late costs 10 % a day, at most 30 %"),
        (LatePolicy(LateKind.PER_HOUR, Decimal("2.5"), grace_minutes=1), "late costs 2.5 % an hour; 1 minute of grace"),
        (LatePolicy(LateKind.SLIP_DAYS, Decimal(10)), "late takes your slip days first, then costs 10 % a day"),
        (LatePolicy(grace_minutes=15), "late costs nothing; 15 minutes of grace"),
    ],
)
def test_what_late_costs_is_said_beforehand(policy, words):
    assert late_words(policy) == words


def test_cards_stand_in_the_order_in_which_they_are_due_and_drafts_are_none(world):
    make_assignment(world.course, "m02", module=2, title="Second", due_at=NOW - DAY)
    make_assignment(world.course, "m03", module=3, title="Never due")
    make_assignment(world.course, "m04", title="Draft", is_draft=True, repository_pattern="", due_at=NOW)
    due(world, 1)
    assert [card.assignment.title for card in cards_of(world.student, NOW)] == ["Second", "Tensor", "Never due"]


def test_what_is_next_is_open_and_incomplete_and_not_past_if_anything_else_is_left(world):
    due(world, 2)
    past = make_assignment(world.course, "m02", module=2, due_at=NOW - DAY)
    closed = make_assignment(world.course, "m03", module=3, due_at=NOW - 2 * DAY, closes_at=NOW - DAY)
    later = make_assignment(world.course, "m04", module=4, due_at=NOW + DAY, releases_at=NOW + DAY / 2)
    cards = cards_of(world.student, NOW)
    assert next_of(cards).assignment == world.assignment
    graded(make_attempt(world.student, world.assignment), make_check(1))
    assert next_of(cards_of(world.student, NOW)).assignment == past
    assert {card.assignment for card in cards if not card.is_open} == {closed, later}


def test_the_home_folds_what_is_settled_and_what_opens_later(client, world):
    """Twenty cards below each other hide the one that is worked on."""
    due(world, 2)
    course = world.course
    make_assignment(course, "m02", module=2, title="Closed", due_at=NOW - 2 * DAY, closes_at=NOW - DAY)
    make_assignment(course, "m03", module=3, title="Past, not closed", due_at=NOW - DAY)
    make_assignment(course, "m04", module=4, title="Later", due_at=NOW + 3 * DAY, releases_at=NOW + DAY)
    done = make_assignment(course, "m05", module=5, title="Complete", due_at=NOW + 4 * DAY)
    again = make_assignment(course, "m06", module=6, title="Complete, pushed again", due_at=NOW + 5 * DAY)
    for assignment in (done, again):
        graded(make_attempt(world.student, assignment), make_check(1))
    make_run(make_attempt(world.student, again, received_at=NOW))
    stacks = stacks_of(cards_of(world.student, NOW))
    titles = [[card.assignment.title for card in stack] for stack in (stacks.open, stacks.later, stacks.settled)]
    assert titles == [["Past, not closed", "Tensor", "Complete, pushed again"], ["Later"], ["Closed", "Complete"]]
    html = home(client, world)
    assert html.index("Tensor</a></h3>") < html.index("1 assignment opens later") < html.index("Later</a></h4>")
    assert html.index("Later</a></h4>") < html.index("2 assignments are complete or closed") < html.index("Closed</a>")
    closed, later = (
        client.get(f"/courses/{course.slug}/assignments/{slug}/").content.decode() for slug in ("m02", "m04")
    )
    assert "has closed" in closed
    assert "git clone" not in closed
    assert "kept, and graded once it opens" in later
    assert "git clone" in later


def test_a_course_that_has_no_assignment_yet_says_so_to_its_students(client, db):
    course = make_course(slug="new")
    student = make_enrollment(course)
    client.force_login(student.account)
    assert "No assignment is open yet" in client.get("/courses/new/").content.decode()
    assert "There is no assignment yet" in client.get(f"/grades/{student.pk}/").content.decode()
    assert list(grade_rows(course)) == []


@pytest.mark.medium
@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState.QUEUED, "waits to be graded"),
        (RunState.SUPERSEDED, "not graded: replaced"),
        (RunState.CANCELLED, "not graded: cancelled"),
    ],
)
def test_a_badge_says_where_the_newest_attempt_stands(client, world, state, words):
    assert card_of(world).badge[0] == "not handed in yet"
    due(world, -1)
    assert card_of(world).badge == ("not handed in", "warn")
    run = make_run(make_attempt(world.student, world.assignment))
    Run.objects.filter(pk=run.pk).update(state=state)
    assert card_of(world).badge[0] == words
    assert words in home(client, world)
    assert f"{words}</span>" in client.get(f"/attempts/{run.attempt.public_id}/").content.decode()


def test_zero_points_are_not_good_and_all_points_are_complete(world):
    graded(make_attempt(world.student, world.assignment), make_check(1, 0.0, verdict=Verdict.FAILED))
    assert card_of(world).badge == ("graded", "")
    graded(make_attempt(world.student, world.assignment, received_at=NOW + DAY), make_check(1), at=NOW + DAY)
    assert card_of(world).badge == ("complete", "good")


def test_where_to_hand_in_is_the_bound_repository_else_the_one_to_be(client, world):
    assert f"git clone https://github.com/{OWNER}/m01-mira-okafor.git" in home(client, world)
    assert not card_of(world).where.is_bound
    Repository.objects.create(
        course=world.course,
        student=world.student,
        host_id=7,
        full_name="elsewhere/renamed",
        bound_name=f"{OWNER}/m01-mira-okafor",
        bound_login="mira-okafor",
        default_branch="trunk",
    )
    where = card_of(world).where
    assert (where.command, where.branch) == ("git clone https://github.com/elsewhere/renamed.git", "trunk")
    Repository.objects.all().delete()
    world.student.github_login = ""
    world.student.save()
    assert "Your GitHub login is not on the roster yet" in home(client, world)
    world.assignment.repository_pattern = ""
    world.assignment.save()
    page = home(client, world)
    assert "git clone" not in page
    assert "Hand in files" in page


def test_what_an_assignment_builds_on_is_named_while_it_has_points_to_earn(client, world):
    earlier = make_assignment(world.course, "m00", module=0, title="Readiness")
    world.assignment.needs.add(earlier)
    assert card_of(world).missing == [earlier]
    assert "where points are left to earn" in home(client, world)
    graded(make_attempt(world.student, earlier), make_check(1))
    assert card_of(world).missing == []


def test_the_next_card_names_what_costs_most(client, world):
    due(world, 1)
    failed = [make_check(n, 0.0, verdict="failed", message=f"no {n}", max_points=float(n)) for n in (1, 3)]
    graded(make_attempt(world.student, world.assignment), *failed)
    assert "2 groups of checks to fix; “Check 3” costs most: 3 points." in home(client, world)


def test_a_course_of_others_does_not_exist(client, world):
    other = make_course("other")
    client.force_login(world.student.account)
    for page in ("", "assignments/", "attempts/"):
        assert client.get(f"/courses/{other.slug}/{page}").status_code == 404


def test_an_observer_sees_what_is_due_and_nobodys_work(client, world):
    due(world, 1)
    graded(make_attempt(world.student, world.assignment))
    client.force_login(make_enrollment(world.course, "ola", Role.OBSERVER).account)
    for page in ("", "assignments/", "assignments/m01/"):
        html = client.get(f"/courses/{world.course.slug}/{page}").content.decode()
        assert "Tensor" in html
        assert world.student.name not in html
        assert "/attempts/att_" not in html


def test_a_draft_is_nobodys_but_the_staffs(client, world):
    make_assignment(world.course, "m09", title="Secret plan", is_draft=True, repository_pattern="", due_at=NOW + DAY)
    pages = ("", "assignments/", "assignments/m09/")
    client.force_login(world.student.account)
    answers = [client.get(f"/courses/{world.course.slug}/{page}") for page in pages]
    assert [each.status_code for each in answers] == [200, 200, 404]
    assert all("Secret plan" not in each.content.decode() for each in answers)
    client.force_login(make_enrollment(world.course, "tess", Role.TA).account)
    assert "Secret plan" in client.get(f"/courses/{world.course.slug}/assignments/").content.decode()


def test_a_ta_lists_the_attempts_of_those_whom_they_teach(client, world):
    attempt = make_attempt(world.student, world.assignment)
    client.force_login(make_enrollment(world.course, "tess", Role.TA).account)
    url = f"/courses/{world.course.slug}/attempts/"
    assert attempt.public_id in client.get(url).content.decode()
    assert attempt.public_id in client.get(url, {"assignment": "m01"}).content.decode()
    other = make_assignment(world.course, "m02", module=2)
    assert attempt.public_id not in client.get(url, {"assignment": other.slug}).content.decode()


# --- history and comparison ---


def test_the_history_has_a_line_of_scores_and_says_which_counts(world):
    for number, points in enumerate((2.5, 5.0, 0.0)):
        at = NOW + number * DAY
        graded(
            make_attempt(world.student, world.assignment, received_at=at),
            make_check(1, points, verdict="failed"),
            at=at,
        )
    history = history_of(card_of(world))
    assert [line.points for line in history.lines] == [Decimal(0), Decimal(100), Decimal(50)]
    assert [line.counts for line in history.lines] == [True, False, False]  # the last counts here
    assert [dot.label for dot in history.dots] == ["1", "2", "3"]
    assert history.dots[1].y < history.dots[0].y < history.dots[2].y
    assert history.sentence == "Scores out of 100: attempt 1: 50, attempt 2: 100, attempt 3: 0."


def test_one_attempt_alone_is_no_line(world):
    graded(make_attempt(world.student, world.assignment))
    assert history_of(card_of(world)).dots == []


def stored(source: bytes) -> dict:
    data = pack_archive(Tree.of({"p/a.py": source}))
    return {"archive_sha256": FolderArchives(settings.ASSAY_ARCHIVES).put(data), "archive_bytes": len(data)}


def test_two_attempts_are_compared_verdicts_first_then_code(client, world):
    first = make_attempt(world.student, world.assignment, **stored(b"x = 0\nsame\n"))
    graded(first, make_check(1), make_check(2, 0.0, verdict="failed"))
    second = make_attempt(world.student, world.assignment, received_at=NOW + DAY, **stored(HOSTILE + b"same\n"))
    graded(second, make_check(1, 0.0, verdict="timed_out"), make_check(2), at=NOW + DAY)
    client.force_login(world.student.account)
    html = client.get(f"/attempts/{first.public_id}/compare/{second.public_id}/").content.decode()
    assert html.index("Newly broken") < html.index("Fixed") < html.index("p/a.py")
    assert '<span class="minus"><bdi>-x = 0</bdi></span>' in html
    assert '<span class="plus"><bdi>+x = 1  # \\u202e&lt;/pre&gt;&lt;script&gt;' in html
    assert "<script>alert" not in html


def test_only_attempts_of_the_same_people_and_assignment_are_compared(client, world):
    mine = make_attempt(world.student, world.assignment)
    theirs = make_attempt(make_enrollment(world.course, "jon"), world.assignment)
    other = make_attempt(world.student, make_assignment(world.course, "m02", module=2))
    client.force_login(make_enrollment(world.course, "tess", Role.TA).account)
    for second in (theirs, other):
        assert client.get(f"/attempts/{mine.public_id}/compare/{second.public_id}/").status_code == 404
    client.force_login(world.student.account)
    assert client.get(f"/attempts/{mine.public_id}/compare/{theirs.public_id}/").status_code == 404
    assert client.get(f"/attempts/{mine.public_id}/compare/{mine.public_id}/").status_code == 200


# --- the whole house ---


class Checked(HTMLParser):
    """A page's links, and what is wrong with it for a reader who does not see it, or by our policy."""

    VOID = frozenset(
        {
            "area",
            "base",
            "br",
            "circle",
            "col",
            "hr",
            "img",
            "input",
            "line",
            "link",
            "meta",
            "path",
            "polyline",
            "source",
        }
    )

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict] = []
        self.open: list[str] = []
        self.feed(html)
        self.wrong += [f"{each} twice" for each in {name for name in self.ids if self.ids.count(name) > 1}]
        self.wrong += [f"{name} is left open" for name in self.open]
        self.wrong += [
            f"no label: {field}"
            for field in self.fields
            if field.get("id") not in self.labels and "aria-label" not in field and not field["in label"]
        ]

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.add(given["href"].partition("#")[0])
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.fields.append({**given, "in label": "label" in self.open})
        if "style" in given or tag == "style" or any(name.startswith("on") for name in given):
            self.wrong.append(f"inline style or script in {tag}")
        if tag == "img" and "alt" not in given:
            self.wrong.append("an image without words")
        if tag == "svg" and not (given.get("aria-label") or given.get("aria-labelledby") or given.get("aria-hidden")):
            self.wrong.append("a picture without words")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-1:]}")
        elif self.open:
            self.open.pop()


LEFT_OUT = ("/admin/", "/accounts/logout/", "/accounts/second-factor/", "/accounts/identities/")


@pytest.mark.slow
@pytest.mark.parametrize("who", ["student", "TA", "instructor", "observer"])
def test_every_link_from_the_home_on_leads_somewhere(client, db, who):
    scene = make_scene(NOW)
    role = {"TA": Role.TA, "observer": Role.OBSERVER}.get(who)
    person = {"student": scene.student, "instructor": scene.instructor}.get(who) or make_enrollment(
        scene.course, "ola", role
    )
    client.force_login(person.account)
    todo, seen = ["/"], {"/"}
    while todo:
        url = todo.pop()
        answer = client.get(url, follow=True)  # some lead on, as to what is graded next
        assert answer.status_code == 200, f"{who}: {url} answers {answer.status_code}"
        if "html" not in answer.headers["Content-Type"] or url.startswith(LEFT_OUT):
            continue
        page = Checked(answer.content.decode())
        assert page.wrong == [], url
        assert len(answer.content) < 150_000, url
        assert page.links > {f"/courses/{scene.course.slug}/"}, f"{url} is a dead end"
        new = {link for link in page.links if "?" not in link or "assignment=" in link} - seen
        seen |= new
        todo += sorted(new)
    assert len(seen) > {"student": 18, "TA": 20, "instructor": 30, "observer": 8}[who]


@pytest.mark.slow
def test_pages_cost_the_same_for_many_as_for_few(client, world, django_assert_max_num_queries):
    def fill(number: int) -> None:
        assignment = make_assignment(world.course, f"x{number}", module=10 + number, due_at=NOW + DAY)
        assignment.needs.add(world.assignment)
        graded(make_attempt(world.student, assignment), make_check(1, 0.0, verdict="failed", message="no"))
        at = NOW + number * timedelta(minutes=1)
        graded(make_attempt(world.student, world.assignment, received_at=at), at=at)

    client.force_login(world.student.account)
    slug = world.course.slug
    for number in range(2):
        fill(number)
    newest = world.student.attempts.first()
    urls = [
        f"/courses/{slug}/",
        f"/courses/{slug}/assignments/",
        f"/courses/{slug}/assignments/m01/",
        f"/grades/{world.student.pk}/",
        f"/attempts/{newest.public_id}/",
    ]
    few = {url: queries(client, url) for url in urls}
    for number in range(2, 7):
        fill(number)
    for url in urls:
        with django_assert_max_num_queries(few[url]):
            client.get(url)


def queries(client, url: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)
