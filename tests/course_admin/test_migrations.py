"""What migrations make of rows that are there already."""

from collections.abc import Iterator

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrated(app: str, name: str) -> Apps:
    """Migrate one app, and return the tables as they are then."""
    executor = MigrationExecutor(connection)
    executor.migrate([(app, name)])
    return MigrationExecutor(connection).loader.project_state([(app, name)]).apps


@pytest.fixture
def _afterwards_all(transactional_db: None) -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.usefixtures("_afterwards_all")
def test_groups_of_before_do_not_hand_in_together_and_new_ones_do() -> None:
    before = migrated("courses", "0012_audit_of_comments")
    course = before.get_model("courses", "Course").objects.create(slug="tinytorch", title="TinyTorch")
    before.get_model("courses", "Group").objects.create(course=course, name="flu")
    groups = migrated("courses", "0013_group_hand_ins").get_model("courses", "Group").objects
    groups.create(course_id=course.pk, name="Blue")
    assert dict(groups.values_list("name", "hands_in_together")) == {"flu": False, "Blue": True}
