"""The rubric as a form: what was given stays with what it was given for, whatever is taken away or reworded around it."""

import html

import pytest
from django.urls import reverse

from course_admin.courses.models import AuditEvent
from course_admin.manual_grading.grading.deal import deal_out
from course_admin.manual_grading.grading.marks import finish, save_comment
from course_admin.manual_grading.models import HandGrading, ManualPart, Question, RubricItem, SavedComment
from course_admin.manual_grading.questions.set_up import NotToChange, set_questions
from tests.course_admin.manual_grading.conftest import RUBRIC, boss, hand  # noqa: F401 - fixtures
from tests.factories import NOW

SPEED, GENERIC = '[[questions]]\ntitle = "Speed"', '[[questions.items]]\ntext = "generic"'
THIRD = RUBRIC.replace(SPEED, f'[[questions.items]]\ntext = "wrong"\npoints = 1\n{SPEED}')


@pytest.fixture
def url(world):
    return reverse("by-hand-rubric", args=[world.course.slug, world.assignment.slug])


def fields_of(client, url) -> dict[str, object]:
    """Return the fields of the form, as a browser would send them."""
    sheet = client.get(url).context["sheet"]
    found: dict[str, object] = {"share": sheet.share, **({"is_blind": "on"} if sheet.is_blind else {})}
    for q, row in enumerate(sheet.questions):
        for name in ("key", "title", "text", "guide", "points", "answers", "marker", "new_comment"):
            found[f"q{q}-{name}"] = getattr(row, name)
        for name in ("starts_full", "one_item"):
            found |= {f"q{q}-{name}": "on"} if getattr(row, name) else {}
        for i, item in enumerate(row.items):
            for name in ("key", "text", "points"):
                found[f"q{q}-i{i}-{name}"] = getattr(item, name)
        found[f"q{q}-comments"] = [each.key for each in row.comments]
        found |= {f"q{q}-comment-{each.key}": each.text for each in row.comments}
    return found


def save(client, url, fields) -> str:
    return html.unescape(client.post(url, fields, follow=True).content.decode())


def give(hand, item: RubricItem) -> None:  # noqa: F811
    deal_out(
        assignment=hand.assignment,
        graders=[hand.ta],
        by_section=False,
        actor=hand.boss,
        at=NOW,
    )
    questions = list(Question.objects.prefetch_related("items"))
    marks = {str(each.pk): {"items": [], "adjustment": "0", "comment": ""} for each in questions}
    marks[str(item.question_id)]["items"] = [item.pk]
    finish(grading=HandGrading.objects.get(), questions=questions, marks=marks, actor=hand.ta.account, at=NOW)


def words_given() -> list[str]:
    marks = HandGrading.objects.get().marks
    keys = [key for mark in marks.values() for key in mark["items"]]
    return [RubricItem.objects.get(pk=key).text for key in keys]


@pytest.fixture
def three(hand, client):  # noqa: F811
    """A question of three items, of which the last was given; the boss is logged in."""
    set_questions(assignment=hand.assignment, text=THIRD, is_blind=True, actor=hand.boss, at=NOW)
    give(hand, RubricItem.objects.get(text="wrong"))
    client.force_login(hand.boss)
    return hand


@pytest.mark.medium
def test_the_form_of_what_is_stored_changes_nothing(three, client, url):
    before = AuditEvent.objects.count()
    assert "The rubric holds." in save(client, url, fields_of(client, url))
    assert AuditEvent.objects.count() == before


@pytest.mark.medium
def test_taking_away_an_item_in_the_middle_leaves_marks_with_theirs(three, client, url):
    fields = {**fields_of(client, url), "q0-i1-removed": "on", "q0-i2-text": "wrong indeed", "q0-i2-points": "2"}
    fields |= {"q0-i3-text": "new", "q0-i3-points": "4"}
    assert "The rubric holds." in save(client, url, fields)
    first = Question.objects.first()
    assert [(each.text, each.points) for each in first.items.all()] == [("deep", 9), ("wrong indeed", 2), ("new", 4)]
    assert words_given() == ["wrong indeed"]


def test_a_text_without_the_middle_item_leaves_marks_with_theirs(three):
    set_questions(
        assignment=three.assignment,
        text=THIRD.replace('[[questions.items]]\ntext = "generic"\npoints = 5\n', ""),
        is_blind=True,
        actor=three.boss,
        at=NOW,
    )
    assert words_given() == ["wrong"]


def test_a_text_that_rewords_and_takes_away_at_once_is_refused_where_marks_could_follow_a_guess(three):
    mixed = THIRD.replace('[[questions.items]]\ntext = "generic"\npoints = 5\n', "").replace('"wrong"', '"not right"')
    with pytest.raises(NotToChange, match="was reworded and some taken away: do one after the other"):
        set_questions(assignment=three.assignment, text=mixed, is_blind=True, actor=three.boss, at=NOW)
    assert words_given() == ["wrong"]


def test_a_text_with_a_new_item_between_others_has_its_order(three):
    between = THIRD.replace(GENERIC, f'[[questions.items]]\ntext = "in between"\npoints = 7\n{GENERIC}')
    set_questions(assignment=three.assignment, text=between, is_blind=True, actor=three.boss, at=NOW)
    first = Question.objects.first()
    assert [each.text for each in first.items.all()] == ["deep", "in between", "generic", "wrong"]
    assert words_given() == ["wrong"]


@pytest.mark.medium
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"q0-i2-removed": "on"}, "The item “wrong” was given already, and stays"),
        ({"q0-removed": "on"}, "has marks already, and stays"),
        ({"q0-i0-points": "many"}, "must be a number"),
        ({"q0-i0-points": ""}, "must be a number"),
        ({"q0-i0-text": " "}, "An item of Question 1 has no text."),
        ({"q0-points": "1e400"}, "at most 1000 in two decimals is meant"),
        ({"share": "0"}, "a percentage above 0"),
        ({"share": "NaN"}, "at most 1000 in two decimals is meant"),
        ({"q0-key": "999999"}, "Somebody changed the rubric meanwhile"),
        ({"q0-i0-key": "999999"}, "Somebody changed the rubric meanwhile"),
        ({"q1-removed": "on", "q0-title": "x" * 300}, "must be a text of at most 200 characters"),
    ],
)
def test_what_cannot_be_stored_gets_a_sentence_stays_typed_and_changes_nothing(three, client, url, change, words):
    before = list(RubricItem.objects.values()), list(Question.objects.values())
    page = save(client, url, {**fields_of(client, url), **change, "q1-text": "kept as typed"})
    assert words in page
    assert "kept as typed" in page
    assert (list(RubricItem.objects.values()), list(Question.objects.values())) == before


@pytest.mark.medium
def test_a_rubric_that_somebody_else_changed_while_the_page_was_open_is_kept(three, client, url):
    shown = fields_of(client, url) | {"shown_state": client.get(url).context["shown_state"]}
    save(client, url, {**shown, "q0-title": "Theirs"})
    text = {"text": RUBRIC, "shown_state": shown["shown_state"]}
    for late in ({**shown, "q0-text": "Mine"}, text):
        assert "Somebody changed this while the page was open" in save(client, url, late)
    assert Question.objects.filter(title="Theirs").exists()
    assert not Question.objects.filter(text="Mine").exists()


@pytest.mark.medium
def test_room_for_more_stores_nothing_and_loses_nothing(three, client, url):
    fields = {**fields_of(client, url), "q0-title": "Typed title", "question": ""}
    page = client.post(url, fields)
    assert len(page.context["sheet"].questions) == 3
    assert 'value="Typed title"' in page.content.decode()
    assert not Question.objects.filter(title="Typed title").exists()
    # An empty question is none.
    assert "The rubric holds." in save(client, url, {**fields_of(client, url), "q2-title": "", "q2-points": "10"})
    assert Question.objects.count() == 2


@pytest.mark.medium
def test_comments_are_kept_and_taken_away_on_the_form(three, client, url):
    first = Question.objects.first()
    save_comment(question=first, text="Say how many bytes.", actor=three.boss, at=NOW)
    old = SavedComment.objects.get()
    fields = {**fields_of(client, url), f"q0-uncomment-{old.pk}": "on", "q0-new_comment": "With numbers, please."}
    assert "With numbers, please." in save(client, url, fields)
    assert [each.text for each in SavedComment.objects.all()] == ["With numbers, please."]


def test_a_first_rubric_is_the_suites_and_can_be_changed_before_it_is_stored(world, boss, client, url):  # noqa: F811
    client.force_login(boss)
    fields = fields_of(client, url)
    assert len([name for name in fields if name.endswith("-title")]) == 3
    assert not ManualPart.objects.exists()
    assert "The rubric holds." in save(client, url, {**fields, "q2-removed": "on", "share": "20"})
    part = ManualPart.objects.get()
    assert (part.share_percent, part.questions.count(), part.is_blind) == (20, 2, True)
