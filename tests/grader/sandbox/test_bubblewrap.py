"""What bubblewrap gives a box, as the kernel tells it from outside: each namespace is its own, and so is its user."""

import os
from collections.abc import Iterator

import pytest

from grader.sandbox.base import Box
from grader.sandbox.limits import Limits
from tests.grader.engines import engine

pytestmark = pytest.mark.bubblewrap
NAMESPACES = ["user", "pid", "net", "ipc", "uts", "mnt", "cgroup"]


@pytest.fixture(scope="module")
def boxes() -> Iterator[tuple[Box, Box]]:
    opened = [engine("bubblewrap").start("candidate", Limits()) for _ in range(2)]
    yield opened[0], opened[1]
    for box in opened:
        box.close()


def namespace_of(pid: int | str, kind: str) -> int:
    return os.stat(f"/proc/{pid}/ns/{kind}").st_ino


@pytest.mark.medium
@pytest.mark.parametrize("kind", NAMESPACES)
def test_a_box_shares_no_namespace_with_the_worker_or_another_box(boxes: tuple[Box, Box], kind: str) -> None:
    found = [namespace_of(pid, kind) for pid in ("self", boxes[0].init_pid, boxes[1].init_pid)]
    assert len(set(found)) == 3


def test_a_box_has_no_network_device_that_is_up(boxes: tuple[Box, Box]) -> None:
    with open(f"/proc/{boxes[0].init_pid}/net/route") as routes:
        assert len(routes.readlines()) == 1  # the heading
    with open(f"/proc/{boxes[0].init_pid}/net/dev") as devices:
        assert [line.split(":")[0].strip() for line in devices.readlines()[2:]] == ["lo"]


def test_each_box_runs_as_a_user_of_its_own(boxes: tuple[Box, Box]) -> None:
    users = [os.stat(f"/proc/{box.init_pid}").st_uid for box in boxes]
    if os.geteuid() == 0:
        assert len({0, *users}) == 3
    else:
        assert users == [os.geteuid()] * 2


def test_a_box_is_in_its_group_from_its_first_process_on(boxes: tuple[Box, Box]) -> None:
    seconds = boxes[0].cpu_seconds()
    if seconds is None:
        assert os.geteuid() != 0, "root is given control groups, or the host has none that can be written"
    else:
        assert seconds > 0.01, "the interpreter's start is counted"
