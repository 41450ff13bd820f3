"""Every hostile submission: no point gained, no other point lost, nothing left behind, no fault, no more than three honest runs.

On the engine that has no namespaces only forgeries, and denials on the two others by turns; `make attacks` runs everything on
every engine.
"""

import pytest

from grader.suite.order import Order
from grader.supervisor.run import grade
from tests.attacks.attacks import CHOSEN, Attack, attacks, reference, suite
from tests.grader.engines import ENGINES, by_turns, engine

pytestmark = pytest.mark.timeout(300)


FORGERIES, DENIALS = ([each for each in attacks() if (each.kind == "forge") is wanted] for wanted in (True, False))


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("attack", FORGERIES, ids=lambda attack: attack.label)
def test_a_forgery_gains_nothing(name: str, attack: Attack) -> None:
    assert attack.measured(name).findings == []


@pytest.mark.parametrize(("name", "attack"), by_turns(DENIALS))
def test_a_denial_costs_its_own_test_alone(name: str, attack: Attack) -> None:
    assert attack.measured(name).findings == []


@pytest.mark.parametrize("name", ENGINES)
def test_the_chosen_tests_pass_on_the_reference(name: str) -> None:
    result = grade(reference(), suite(), engine(name), seed=7, order=Order(only=CHOSEN))
    assert len(result.checks) == len(CHOSEN)
    assert result.score == result.max_score > 0
