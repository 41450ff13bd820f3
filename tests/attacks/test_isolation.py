"""What code in a candidate box can see, reach and change: the probes of `inside.py`, judged from outside, on both engines."""

import contextlib
import os
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox import cgroup
from grader.sandbox.base import ENVIRONMENT
from grader.sandbox.limits import Limits
from grader.sandbox.rootfs import locate
from grader.sandbox.rootfs.runtime import agent_folder
from tests.attacks.probing import Probe, probe
from tests.grader.engines import ENGINES
from tests.grader.sandbox.seccomp_probes import REFUSED

pytestmark = pytest.mark.timeout(180)

SECRET = "assay-secret-" + os.urandom(8).hex()
#: Folders of the box that hold nothing of an engine's own.
PLACES = {"/submission", "/opt", "/opt/assay", "/run", "/run/assay", "/tmp"}
#: What hostile code would most like to meet; nothing in a box has such a name.
NOWHERE = {
    "test_suites",
    "suite.toml",
    "suite",
    "reference_impl",
    "judge.py",
    "pytest",
    "course_admin",
    ".git",
}
#: Where /submission leads to, if it is a link.
SUBMISSION = {"separate-user": "/tree"}
#: The engine whose boxes have no /proc to look into, and no network namespace.
NO_PROC = "separate-user"
REFUSALS = {"EPERM", "EACCES", "ENOSYS", "EROFS"}


@pytest.fixture(scope="module", params=ENGINES)
def box(request: pytest.FixtureRequest) -> Iterator[Probe]:
    """Give one process in a box, for all probes that leave it as it was; the worker's environment holds a secret."""
    os.environ["ASSAY_TEST_SECRET"] = SECRET
    try:
        with probe(request.param) as process:
            yield process
    finally:
        del os.environ["ASSAY_TEST_SECRET"]


def below(folder: Path, place: str) -> set[str]:
    """Return the paths that a folder of the host has when it is mounted at `place`."""
    return {f"{place}/{path.relative_to(folder)}".replace("//", "/") for path in folder.rglob("*")}


def test_t20_the_files_are_those_of_the_allow_list(box: Probe) -> None:
    found = {path for path in box.call("walk") if not path.startswith("/tmp/")}
    ours = (
        below(agent_folder("candidate"), "/opt/assay")
        | {f"{SUBMISSION.get(box.engine_name, '/submission')}/inside.py"}
        | PLACES
    )
    assert ours <= found
    if box.engine_name == "bubblewrap":
        root = below(locate.find_roots().candidate, "/")
        assert found == (root | ours) - {path for path in root if re.match(r"/(proc|dev|sys)(/|$)", path)}
    theirs = found - ours
    assert [
        path
        for path in theirs
        if path.startswith(("/submission", "/opt/assay", "/run/assay", "/home/", "/root/", "/work"))
    ] == []
    assert [path for path in found if NOWHERE & set(path.split("/"))] == []


def test_t21_the_environment_is_built_from_nothing(box: Probe) -> None:
    found = box.call("environment")
    assert set(found) - {"PWD", "HOSTNAME"} == set(ENVIRONMENT)
    assert {name: found[name] for name in ENVIRONMENT} == ENVIRONMENT
    assert found.get("HOSTNAME", "box") == "box"
    assert SECRET not in str(found)


def test_t22_only_the_boxs_own_processes_are_seen(box: Probe) -> None:
    if box.engine_name == NO_PROC:
        assert set(box.call("neighbours").values()) == {"ENOENT"}
        return
    seen, own, parent = box.call("processes")
    assert seen == sorted({1, own, parent})
    assert set(box.call("neighbours").values()) == {"EACCES"}


def test_t23_exactly_input_output_error_and_the_channel_are_open(box: Probe) -> None:
    assert box.call("descriptors") == {0: stat.S_IFCHR, 1: stat.S_IFIFO, 2: stat.S_IFIFO, 3: stat.S_IFSOCK}


def test_t28_no_family_of_sockets_can_be_had_but_local_ones(box: Probe) -> None:
    assert box.call("families") == {int(socket.AF_UNIX)}


def test_t28_t29_nothing_that_listens_can_be_reached(box: Probe) -> None:
    abstract = f"\0assay-test-{os.getpid()}"
    sockets = [
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/containerd/containerd.sock",
        "/run/dbus/system_bus_socket",
    ]
    sockets += ["/run/systemd/private", "/run/assay/control", "/var/run/postgresql/.s.PGSQL.5432", "/tmp/.X11-unix/X0"]
    with socket.create_server(("127.0.0.1", 0)) as network, socket.socket(socket.AF_UNIX) as local:
        local.bind(abstract)
        local.listen()
        if (
            box.engine_name == NO_PROC
        ):  # has no network namespace: what listens in the container's abstract one is there
            abstract = sockets[0]
        answers = box.call("connections", [*sockets, abstract], network.getsockname()[1])
        for listener in (network, local):
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()
    assert {name: answer for name, answer in answers.items() if answer == "done"} == {}


def test_t68_no_core_is_written_and_no_limit_can_be_raised(box: Probe) -> None:
    limits, raised, dumpable = box.call("limits")
    expected = Limits()
    assert limits["CORE"] == (0, 0)
    assert limits["NPROC"] == (expected.processes, expected.processes)
    assert limits["NOFILE"] == (expected.open_files, expected.open_files)
    assert limits["MEMLOCK"] == (0, 0)
    assert "done" not in raised.values()
    assert dumpable == 0


def test_t77_there_is_no_terminal(box: Probe) -> None:
    assert "done" not in box.call("terminal").values()


@pytest.mark.parametrize("group", REFUSED)
def test_t71_t78_the_calls_that_hostile_code_needs_are_refused(box: Probe, group: str) -> None:
    answers = box.call("system_calls", numbered(REFUSED[group]))
    assert answers
    assert {name: answer for name, answer in answers.items() if answer != "EPERM"} == {}


def test_t53_t71_other_processes_are_out_of_reach(box: Probe) -> None:
    calls = {
        "ptrace PARENT": [16, "PARENT"],
        "process_vm_readv PARENT": ["PARENT"],
        "process_vm_writev INIT": ["INIT"],
        "prlimit64 PARENT": ["PARENT", 7],
        "sched_setaffinity PARENT": ["PARENT"],
        "setpriority PARENT": [0, "PARENT", 19],
        "kcmp INIT": ["INIT", "PARENT"],
    }
    answers = box.call("system_calls", numbered(calls))
    assert len(answers) == len(calls)
    assert set(answers.values()) <= REFUSALS


def test_t78_no_capability_and_no_way_to_gain_one(box: Probe) -> None:
    inside = box.call("status") if box.engine_name != NO_PROC else None
    outside = dict(
        line.split(":\t", 1)
        for line in Path(f"/proc/{box.box.init_pid}/status").read_text().splitlines()
        if ":\t" in line
    )
    for status in filter(None, (inside, outside)):
        assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        assert "0" not in status["Uid"].split() + status["Gid"].split() + status["Groups"].split()


def test_t78_no_user_of_the_box_is_the_hosts_root(box: Probe) -> None:
    mappings = [
        list(map(int, line.split())) for line in Path(f"/proc/{box.box.init_pid}/uid_map").read_text().splitlines()
    ]
    own = os.readlink("/proc/self/ns/user")
    with contextlib.suppress(PermissionError):
        if os.readlink(f"/proc/{box.box.init_pid}/ns/user") == own:
            return  # no mapping at all: then the user itself, looked at above, is what counts
    assert all(not outer <= 0 < outer + count for _inner, outer, count in mappings)


def test_t78_nothing_can_be_written_but_the_temporary_folder(box: Probe) -> None:
    folders, files = box.call("writable")
    assert folders == []
    nodes = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "pts/ptmx")}
    assert set(files) <= nodes


def test_t27_the_nodes_of_dev_are_no_blackboard(box: Probe) -> None:
    before = box.call("times_of_devices")
    assert set(box.call("touch_devices").values()) == {"EPERM"}
    assert box.call("times_of_devices") == before


@pytest.mark.parametrize("name", [each for each in ENGINES if each.values != ("docker",)])
def test_t124_without_a_control_group_no_memory_is_on_nobodys_account(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that no process maps is counted by a group alone: memory files, shared pages, large pipes."""
    monkeypatch.setattr(cgroup, "create", lambda *args, **kwargs: None)
    ways: dict[str, list[int | str]] = {
        "memfd_create": [],
        "mmap shared": [0, 4096, 3, 0x21, -1, 0],
        "mmap shared and validated": [0, 4096, 3, 0x23, -1, 0],
        "fcntl F_SETPIPE_SZ": [1, 1031, 1 << 20],
        "shmget": [0, 4096, 0o1600],
    }
    with probe(name) as process:
        answers = process.call("system_calls", numbered(ways))
        zeros = process.call("device", "/dev/zero")
    assert answers == dict.fromkeys(ways, "EPERM")
    assert zeros in (b"", "ENOENT")


def numbered(calls: dict[str, list[int | str]]) -> list[list[object]]:
    """Return calls as triples of name, number on this machine, arguments; those that it does not have are left out."""
    import pyseccomp

    numbers = {name: pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name.split()[0]) for name in calls}
    return [[name, numbers[name], calls[name]] for name in calls if numbers[name] >= 0]
