"""What is equal to everything gets nothing from an imported suite: none of them trusts a student's word about a test's values."""

import pytest

from tests.attacks.on_imported import PASSES_ANYWAY, Pretender, findings, pretenders, suites

pytestmark = [pytest.mark.slow, pytest.mark.bubblewrap, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def earned() -> dict[str, list[tuple[str, str, float]]]:
    """What every pretender passed or earned, by its name."""
    return {pretender.name: pretender.run("bubblewrap") for pretender in pretenders()}


@pytest.mark.parametrize("pretender", pretenders(), ids=lambda pretender: f"{pretender.threat}-{pretender.name}")
def test_a_pretender_gets_nothing(pretender: Pretender, earned: dict[str, list[tuple[str, str, float]]]) -> None:
    assert findings(earned[pretender.name]) == []


def test_the_table_of_what_passes_anyway_is_exact(earned: dict[str, list[tuple[str, str, float]]]) -> None:
    assert {(suite, test) for rows in earned.values() for suite, test, _ in rows} == {*PASSES_ANYWAY}


def test_no_imported_suite_trusts_equality() -> None:
    assert len(suites()) == 14
    assert not any(suite.trust_equality for suite in suites())
