"""What lateness costs is said of every kind of policy there is, before anybody pays it."""

from decimal import Decimal

import pytest

from course_admin.assignments.late import LateKind, Lateness, LatePolicy, charged_steps, penalty
from course_admin.assignments.late_words import COSTS, late_words
from course_admin.assignments.models.assignment import LATE_KINDS


@pytest.mark.parametrize("kind", [each for each in LateKind if each is not LateKind.NONE])
def test_a_kind_that_takes_points_says_how_many(kind):
    policy = LatePolicy(kind, Decimal("12.5"))
    assert penalty(policy, Lateness(days=1, hours=1)).percent > 0
    assert "12.5 %" in late_words(policy)


def test_each_kind_can_be_chosen_and_has_words_of_its_own():
    assert [kind for kind, _ in LATE_KINDS] == [str(kind) for kind in LateKind]
    assert set(COSTS) == set(LateKind) - {LateKind.NONE}
    assert len({late_words(LatePolicy(kind, Decimal(10))) for kind in LateKind}) == len(LateKind)


@pytest.mark.parametrize(("kind", "steps"), [("none", 0), ("per_day", 2), ("per_hour", 27), ("slip_days", 2)])
def test_each_kind_charges_for_its_own_steps(kind, steps):
    assert charged_steps(LateKind(kind), Lateness(days=2, hours=27)) == steps
