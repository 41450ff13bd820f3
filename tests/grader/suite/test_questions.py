"""Questions that people grade: what a suite has beside it is read strictly, and is no part of what the judge is given."""

from decimal import Decimal
from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.suite.manifest import load_suite
from grader.suite.questions import QUESTIONS, read_questions

SUITES = Path(__file__).resolve().parents[3] / "test_suites"
TOPICS = sorted(path.name for path in SUITES.glob("m[0-9][0-9]_*"))
ITEM = "[[questions.items]]\ntext = 'good'\npoints = 10\n"
ONE = f"[[questions]]\ntext = 'Why?'\n{ITEM}"


def test_a_question_has_the_usual_points_share_and_start():
    found = read_questions(ONE)
    (question,) = found.questions
    assert (found.share, question.points, question.starts_full, question.title) == (30, 10, False, "Question 1")
    assert [(item.text, item.points) for item in question.items] == [("good", Decimal(10))]


def test_the_rubric_of_all_is_that_of_a_question_without_its_own():
    text = f"share = 12.5\nanswers = 'A.md'\n[[rubric]]\ntext = 'all'\npoints = 1\n[[questions]]\ntitle = 'a'\n{ONE}"
    found = read_questions(text)
    assert [question.items[0].text for question in found.questions] == ["all", "good"]
    assert found.questions[1].answers == ("A.md",)
    assert found.share == Decimal("12.5")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("questions =", "not valid TOML"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("a." * 100_000 + "b = 1", "nested too deeply"),
        ("[" + "'a' . " * 100_000 + "b]", "nested too deeply"),
        ("a = {" + '"a".' * 100_000 + "b = 1}", "nested too deeply"),
        ("a" * 1_000_000 + "." * 1_000_000, "not valid TOML"),
        ("share = " + "9" * 5_000, "not valid TOML"),
        ("", "There are 0 questions"),
        ("share = 0\n" + ONE, "share is 0"),
        ("share = true\n" + ONE, "share must be a number"),
        ("shares = 3\n" + ONE, "'shares', which means nothing"),
        ("[[questions]]\ntext = 'Why?'", "has no items"),
        ("[[questions]]\npoints = 0\n" + ITEM, "out of 0 points"),
        ("[[questions]]\nstarts = 'half'\n" + ITEM, "starts at 'half'"),
        ("[[questions]]\none_item = 1\n" + ITEM, "true or false"),
        ("[[questions]]\n[[questions.items]]\npoints = 1", "has no text"),
        ("[[questions]]\n[[questions.items]]\ntext = 'a'\npoints = 'nan'", "at most 1000"),
        ("[[questions]]\n" + ITEM * 10, "9 have a key"),
        ("questions = 3", "must be a list of tables"),
        ("[[questions]]\nanswers = 4\n" + ITEM, "list of patterns"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(text, sentence):
    with pytest.raises(SuiteError, match=sentence):
        read_questions(text)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_three_questions_of_ten_points_with_a_guide(topic):
    found = read_questions((SUITES / topic / QUESTIONS).read_text(encoding="utf-8"))
    assert found.share == 30
    assert [question.points for question in found.questions] == [10, 10, 10]
    for question in found.questions:
        assert question.text.endswith(("?", "."))
        assert question.guide
        assert len({item.points for item in question.items}) == 5
        assert question.takes_one_item
    assert len({question.text for question in found.questions}) == 3
    assert [question.marker for question in found.questions] == ["Question 1", "Question 2", "Question 3"]


def test_no_two_topics_ask_the_same():
    texts = [each.text for name in TOPICS for each in read_questions((SUITES / name / QUESTIONS).read_text()).questions]
    assert len(set(texts)) == len(texts) == 3 * len(TOPICS)


def test_questions_are_no_part_of_what_the_judge_is_given():
    suite = load_suite(SUITES / "m01_tensor")
    assert not [name for name in suite.files if name.endswith(QUESTIONS)]
