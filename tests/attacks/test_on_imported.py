"""What is equal to everything gets nothing from an imported suite: none of them trusts a student's word about a test's values."""

import pytest

from tests.attacks.on_imported import Pretender, pretenders, suites

pytestmark = [pytest.mark.slow, pytest.mark.bubblewrap, pytest.mark.timeout(900)]


@pytest.mark.parametrize("pretender", pretenders(), ids=lambda pretender: f"{pretender.threat}-{pretender.name}")
def test_a_pretender_gets_nothing(pretender: Pretender) -> None:
    assert pretender.findings("bubblewrap") == []


def test_no_imported_suite_trusts_equality() -> None:
    assert len(suites()) == 14
    assert not any(suite.trust_equality for suite in suites())
