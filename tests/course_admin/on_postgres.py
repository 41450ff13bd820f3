"""What is tried again on PostgreSQL: tests that ask a database, those with transactions of their own all of them.

Of the others each commit draws one in three, and has seen them all on SQLite. Loaded as a plug-in of pytest.
"""

import pytest

from tests.drawing import SEED, drawn

ONE_IN = 3
# Some tests draw one in three themselves, by the seed as it is: each of their draws meets each of these.
TURN = SEED // ONE_IN
DATABASE_FIXTURES = {"db", "transactional_db"}


@pytest.hookimpl(trylast=True)  # after the marks have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what no database answers, and what is not drawn."""
    asking = [item for item in items if asks_a_database(item)]
    others = [item for item in asking if not commits(item)]
    chosen = {id(item) for item in [*drawn(others, ONE_IN, TURN), *filter(commits, asking)]}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in chosen])
    items[:] = [item for item in items if id(item) in chosen]


def asks_a_database(item: pytest.Item) -> bool:
    """Say whether a test may use the database."""
    return bool(item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))


def commits(item: pytest.Item) -> bool:
    """Say whether a test's transactions are real: locks, races and what several connections see."""
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction")) or "transactional_db" in getattr(item, "fixturenames", ())
