"""Every hostile submission on both engines: no point gained, no other point lost, nothing left behind."""

import pytest

from grader.supervisor.run import Order, grade
from tests.attacks.attacks import CHOSEN, Attack, attacks, reference, suite
from tests.grader.engines import ENGINES, engine

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.label)
def test_an_attack_gains_nothing(name: str, attack: Attack) -> None:
    result = attack.run(name)
    assert attack.findings(result) == []


@pytest.mark.parametrize("name", ENGINES)
def test_the_chosen_tests_pass_on_the_reference(name: str) -> None:
    result = grade(reference(), suite(), engine(name), seed=7, order=Order(only=CHOSEN))
    assert len(result.checks) == len(CHOSEN)
    assert result.score == result.max_score > 0
