"""What migrations make of rows that are there already."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.factories import NOW

pytestmark = pytest.mark.slow  # and the quick tests make their tables without migrations


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


@pytest.mark.usefixtures("_afterwards_all")
def test_what_was_found_before_says_when() -> None:
    tables = migrated("submissions", "0007_snapshots")
    course = tables.get_model("courses", "Course").objects.create(slug="tinytorch", title="TinyTorch")
    student = tables.get_model("courses", "Enrollment").objects.create(course=course, role="student", name="Mira")
    repository = tables.get_model("submissions", "Repository").objects.create(course=course, student=student, host_id=1)
    pushes = tables.get_model("submissions", "Push").objects
    times = {"received_at": NOW, "next_try_at": NOW + timedelta(hours=1)}
    for delivery in ("poll-1-a", "d-1"):
        pushes.create(delivery_id=delivery, repository=repository, commit_id="e" * 40, **times)
    pushes = migrated("submissions", "0008_found_at").get_model("submissions", "Push").objects
    found = dict(pushes.values_list("delivery_id", "found_at"))
    assert found == {"poll-1-a": NOW + timedelta(hours=1), "d-1": None}
