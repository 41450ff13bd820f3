"""Which attempt counts, and the sentence that says why."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_admin.assignments.late import Deadlines, LateKind, LatePolicy
from course_admin.gradebook.grading.counting import CountingRule, GradedRun, Overridden, grade

DUE = datetime(2026, 10, 2, 12, tzinfo=UTC)
FIVE = LatePolicy(LateKind.PER_DAY, Decimal(5), Decimal(50))
TERMS = Deadlines(ZoneInfo("Europe/Berlin"), DUE, DUE + timedelta(days=7))
SET_TO_90 = Overridden(Decimal(90), "Ines")


def scored(number: int, hours: float, points: float, **fields) -> GradedRun:
    return GradedRun(number, DUE + timedelta(hours=hours), Decimal(str(points)), **fields)


HISTORY = [scored(1, -30, 60), scored(2, -2, 80), scored(3, 20, 82), scored(4, 40, 95), scored(5, 60, 70)]


@pytest.mark.parametrize(
    ("rule", "counts", "points"),
    [
        (CountingRule.LAST, 5, 59.5),
        (CountingRule.BEST, 4, 85.5),
        (CountingRule.LAST_ON_TIME, 2, 80),
        (CountingRule.BEST_AFTER_PENALTY, 4, 85.5),
        (CountingRule.CHOSEN, 5, 59.5),
    ],
)
def test_each_rule_counts_its_attempt(rule, counts, points):
    result = grade(HISTORY, rule=rule, policy=FIVE, terms=TERMS)
    assert (result.counted.number, result.points) == (counts, Decimal(str(points)))


def test_the_students_choice_counts():
    attempts = [scored(1, -30, 60, is_chosen=True), *HISTORY[1:]]
    assert grade(attempts, rule=CountingRule.CHOSEN, policy=FIVE, terms=TERMS).counted.number == 1
    assert grade(attempts, rule=CountingRule.LAST, policy=FIVE, terms=TERMS).counted.number == 5


def test_best_before_and_after_penalty_can_differ():
    attempts = [scored(1, -1, 80), scored(2, 100, 85)]
    assert grade(attempts, rule=CountingRule.BEST, policy=FIVE, terms=TERMS).counted.number == 2
    assert grade(attempts, rule=CountingRule.BEST_AFTER_PENALTY, policy=FIVE, terms=TERMS).counted.number == 1


def test_of_equals_the_one_that_spends_fewer_slip_days_counts():
    slips = LatePolicy(LateKind.SLIP_DAYS, Decimal(10))
    attempts = [scored(1, 1, 80), scored(2, 30, 80)]
    result = grade(attempts, rule=CountingRule.BEST_AFTER_PENALTY, policy=slips, terms=TERMS, slip_days_left=4)
    assert (result.counted.number, result.penalty.slip_days) == (1, 1)


def test_what_came_after_the_hard_close_never_counts():
    late = scored(6, 24 * 7 + 1, 100)
    for rule in CountingRule:
        assert grade([*HISTORY, late], rule=rule, policy=FIVE, terms=TERMS).counted.number != 6
    nothing = grade([late], rule=CountingRule.BEST, policy=FIVE, terms=TERMS)
    assert (nothing.points, nothing.sentence) == (None, "No grade: every attempt came after the hard close")


def sentence(attempts: list[GradedRun], policy: LatePolicy = FIVE, terms: Deadlines = TERMS, **fields) -> str:
    return grade(attempts, rule=CountingRule.LAST, policy=policy, terms=terms, **fields).sentence


def test_every_grade_explains_itself_in_one_sentence():
    extended = Deadlines(TERMS.zone, DUE, extra_days=1)
    slips = LatePolicy(LateKind.SLIP_DAYS, Decimal(10))
    assert sentence([scored(4, 30, 92)], terms=extended) == (
        "87.4 = 92 of attempt 4, 1 day late, -5 %, extension of 1 day used"
    )
    assert sentence([scored(1, -1, 92)]) == "92 = 92 of attempt 1"
    assert sentence([scored(1, 20, 92)], terms=extended) == "92 = 92 of attempt 1, extension of 1 day used"
    assert sentence([scored(2, 60, 50)], slips, slip_days_left=2) == (
        "45 = 50 of attempt 2, 3 days late, 2 slip days spent, -10 %"
    )
    assert sentence([]) == "No grade: no attempt is graded yet"


def test_an_override_stands_on_top_and_says_what_it_replaces():
    assert sentence([scored(4, 3, 92)], override=SET_TO_90) == (
        "90 = set by Ines instead of 87.4 (87.4 = 92 of attempt 4, 1 day late, -5 %)"
    )
    assert sentence([], override=SET_TO_90) == "90 = set by Ines instead of no grade"


def test_the_trace_names_every_rule_that_applied():
    result = grade([*HISTORY, scored(6, 200, 1)], rule=CountingRule.BEST, policy=FIVE, terms=TERMS, override=SET_TO_90)
    assert [step.rule for step in result.trace] == [
        "override", "attempt", "counting", "lateness", "late policy", "hard close",
    ]  # fmt: skip


attempts = st.lists(
    st.builds(scored, st.just(1), st.integers(-100, 300), st.integers(0, 100)), min_size=1, max_size=6
).map(lambda history: sorted(history, key=lambda one: one.received_at))
policies = st.builds(
    LatePolicy, st.sampled_from(LateKind), percent=st.decimals(0, 100, places=1), grace_minutes=st.integers(0, 90)
)


@given(attempts, st.sampled_from(CountingRule), policies, st.integers(0, 5))
def test_a_grade_lies_between_zero_and_its_attempts_points(history, rule, policy, left):
    result = grade(history, rule=rule, policy=policy, terms=TERMS, slip_days_left=left)
    if result.counted:
        assert result.counted in history
        assert 0 <= result.points <= result.counted.points


@pytest.mark.medium
@given(attempts, policies, st.integers(0, 5))
def test_no_rule_leaves_more_than_best_after_penalty(history, policy, left):
    given_points = {
        rule: grade(history, rule=rule, policy=policy, terms=TERMS, slip_days_left=left).points or 0
        for rule in CountingRule
    }
    assert max(given_points.values()) == given_points[CountingRule.BEST_AFTER_PENALTY]


@given(attempts, policies, st.integers(0, 5), st.integers(0, 100), st.integers(-100, 300))
def test_another_attempt_never_lowers_the_best_after_penalty(history, policy, left, points, hours):
    more = sorted([*history, scored(9, hours, points)], key=lambda one: one.received_at)
    before, after = (
        grade(some, rule=CountingRule.BEST_AFTER_PENALTY, policy=policy, terms=TERMS, slip_days_left=left).points or 0
        for some in (history, more)
    )
    assert after >= before
