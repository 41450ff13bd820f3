"""What is equal to everything gets nothing from an imported suite: none of them trusts a student's word about a test's values."""

import pytest

from tests.attacks.cost import Measured
from tests.attacks.on_imported import PASSES_ANYWAY, earned, pretenders, suites

pytestmark = [pytest.mark.slow, pytest.mark.bubblewrap, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def found() -> dict[str, Measured]:
    """What every pretender passed or earned, and cost, by its name."""
    return {pretender.name: pretender.measured("bubblewrap") for pretender in pretenders()}


def test_a_pretender_gets_nothing(found: dict[str, Measured], subtests: pytest.Subtests) -> None:
    for pretender in pretenders():  # in one test: every process of the tests that got one of them would grade them all
        with subtests.test(pretender=f"{pretender.threat}-{pretender.name}"):
            assert found[pretender.name].findings == []


def test_the_table_of_what_passes_anyway_is_exact(found: dict[str, Measured]) -> None:
    rows = [row for each in found.values() for row in earned(each.results)]
    assert {(suite, test) for suite, test, _ in rows} == {*PASSES_ANYWAY}


def test_no_imported_suite_trusts_equality() -> None:
    assert len(suites()) == 14
    assert not any(suite.trust_equality for suite in suites())
