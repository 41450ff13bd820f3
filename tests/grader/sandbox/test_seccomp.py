"""The seccomp profile: what it does inside a box, and how its text is read."""

import errno
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from grader.errors import SandboxUnavailable
from grader.sandbox import seccomp
from grader.sandbox.rootfs import locate
from tests.grader.sandbox.seccomp_probes import (
    CALL_BY_THE_32_BIT_TABLE,
    REFUSED,
    REFUSED_BY_THE_KERNEL_TOO,
    TRY_CALLS,
    USE_EVERYTHING,
)

FOREIGN_UID = 64000


def run_in_box(code: str, *arguments: str, filtered: bool = True) -> subprocess.CompletedProcess[str]:
    """Run Python code under bubblewrap, started by a user who owns nothing, with every capability over its own namespaces.

    Grading drops those as well; here they stay, so that what is refused is refused by the filter.
    """
    become = ["setpriv", f"--reuid={FOREIGN_UID}", f"--regid={FOREIGN_UID}", "--clear-groups"]
    command = ["bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--clearenv"]
    command += ["--new-session", "--die-with-parent", "--cap-add", "ALL"]
    command += ["--ro-bind", str(locate.ensure_roots().candidate), "/", "--proc", "/proc", "--dev", "/dev"]
    command += ["--tmpfs", "/tmp", "--chdir", "/tmp"]
    reader = os.memfd_create("seccomp")
    try:
        os.write(reader, seccomp.compile_profile())
        os.lseek(reader, 0, os.SEEK_SET)
        command += ["--seccomp", str(reader)] if filtered else []
        return subprocess.run(
            [*(become if os.geteuid() == 0 else []), *command, "/usr/bin/python3", "-I", "-c", code, *arguments],
            pass_fds=[reader],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(reader)


def run_in_container(code: str, *arguments: str) -> str:
    """Run Python code in the candidate's image as Docker starts it for grading, and return what it printed."""
    client = docker.from_env()
    container = client.containers.create(
        "assay-candidate:local",
        ["/usr/bin/python3", "-I", "-c", code, *arguments],
        network_mode="none",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges", f"seccomp={seccomp.PROFILE.read_text()}"],
        tmpfs={"/tmp": "size=16m,mode=1777"},
        user="65534:65534",
    )
    try:
        container.start()
        ended = container.wait(timeout=60)
        output = container.logs().decode()
        assert ended["StatusCode"] == 0, output
        return str(output)
    finally:
        container.remove(force=True)
        client.close()


def numbered(calls: dict[str, list[int]]) -> str:
    """Write calls as JSON triples of name, number on this machine, arguments; those it does not have are left out."""
    import pyseccomp

    numbers = {name: pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name.split()[0]) for name in calls}
    return json.dumps([[name, numbers[name], calls[name]] for name in calls if numbers[name] >= 0])


@pytest.mark.medium
@pytest.mark.bubblewrap
@pytest.mark.parametrize("group", REFUSED)
def test_what_hostile_code_needs_is_refused(group):
    done = run_in_box(TRY_CALLS, numbered(REFUSED[group]))
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers
    assert {name: answer for name, answer in answers.items() if answer != errno.EPERM} == {}


@pytest.mark.bubblewrap
def test_it_is_the_filter_that_refuses():
    calls = {name: arguments for group in REFUSED.values() for name, arguments in group.items()}
    done = run_in_box(TRY_CALLS, numbered({name: calls[name] for name in calls if "clone" not in name}), filtered=False)
    refused = {name for name, answer in json.loads(done.stdout).items() if answer == errno.EPERM}
    assert refused <= REFUSED_BY_THE_KERNEL_TOO


@pytest.mark.bubblewrap
def test_clone3_is_said_not_to_exist_so_that_threads_fall_back():
    done = run_in_box(TRY_CALLS, numbered({"clone3": []}))
    assert json.loads(done.stdout) == {"clone3": errno.ENOSYS}


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_what_python_and_numpy_need_works():
    done = run_in_box(USE_EVERYTHING)
    assert (done.stdout, done.returncode) == ("all of it works\n", 0), done.stderr


@pytest.mark.bubblewrap
@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86 has a second table of calls.")
def test_a_call_by_the_32_bit_table_kills_the_process():
    assert run_in_box(CALL_BY_THE_32_BIT_TABLE, filtered=False).stdout == "allowed\n"
    done = run_in_box(CALL_BY_THE_32_BIT_TABLE)
    assert (done.returncode, done.stdout) == (128 + 31, "")  # bubblewrap's form of death by SIGSYS


@pytest.mark.docker
def test_a_container_under_the_same_profile_refuses_and_allows_the_same():
    calls = {name: arguments for group in REFUSED.values() for name, arguments in group.items()}
    answers = json.loads(run_in_container(TRY_CALLS, numbered(calls | {"clone3": []})))
    assert answers.pop("clone3") == errno.ENOSYS
    assert {name: answer for name, answer in answers.items() if answer != errno.EPERM} == {}
    assert run_in_container(USE_EVERYTHING) == "all of it works\n"


# The profile as a text


def test_the_profile_names_no_call_twice_without_arguments_and_none_that_nobody_knows():
    import pyseccomp

    rules = json.loads(seccomp.PROFILE.read_text())["syscalls"]
    plain = [name for rule in rules if "args" not in rule for name in rule["names"]]
    assert len(plain) == len(set(plain))
    assert not set(plain) & {name for rule in rules if "args" in rule for name in rule["names"]}
    names = {name for rule in rules for name in rule["names"]}
    unknown = {name for name in names if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) == seccomp.UNKNOWN_CALL}
    assert unknown <= {"fchmodat2"}  # of Linux 6.6, younger than Debian 12's libseccomp


def test_every_rule_says_why():
    rules = json.loads(seccomp.PROFILE.read_text())["syscalls"]
    assert all(rule["comment"].endswith((".", "?")) for rule in rules)
    assert all(rule["names"] == sorted(rule["names"]) for rule in rules)


def write_profile(folder: Path, **changes: object) -> Path:
    """Write a copy of the profile with some of its top keys replaced."""
    path = folder / "seccomp.json"
    path.write_text(json.dumps(json.loads(seccomp.PROFILE.read_text()) | changes))
    return path


ALLOW_READ = {"names": ["read"], "action": "SCMP_ACT_ALLOW"}


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"flags": ["SECCOMP_FILTER_FLAG_LOG"]}, "unknown keys"),
        ({"defaultAction": "SCMP_ACT_LOG"}, "unknown action SCMP_ACT_LOG"),
        ({"archMap": []}, "no rules for the architecture"),
        (
            {
                "archMap": [
                    {"architecture": a, "subArchitectures": ["SCMP_ARCH_X86"]} for a in seccomp.ARCHITECTURES.values()
                ]
            },
            "second",
        ),
        ({"syscalls": [ALLOW_READ | {"excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}, "unknown keys"),
        ({"syscalls": [ALLOW_READ | {"args": [{"index": 0, "value": 0, "op": "SCMP_CMP_NE"}]}]}, "SCMP_CMP_NE"),
        ({"syscalls": [{"names": ["read"]}]}, "action"),
    ],
    ids=["top key", "action", "no architecture", "second architecture", "rule key", "comparison", "no action"],
)
def test_a_profile_that_is_not_understood_is_refused(tmp_path, changes, finding):
    path = write_profile(tmp_path, **changes)
    with pytest.raises(SandboxUnavailable, match=rf"profile {path} cannot be compiled: .*{finding}"):
        seccomp.compile_profile(path)


def test_a_profile_that_is_no_json_or_is_missing_is_named(tmp_path):
    with pytest.raises(SandboxUnavailable, match=r"absent\.json cannot be read: No such file"):
        seccomp.compile_profile(tmp_path / "absent.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(SandboxUnavailable, match=r"broken\.json cannot be compiled"):
        seccomp.compile_profile(tmp_path / "broken.json")


def test_a_missing_libseccomp_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(SandboxUnavailable, match=r"needs libseccomp \(Debian's package libseccomp2\)"):
        seccomp.compile_profile(write_profile(tmp_path, syscalls=[]))


def test_the_same_profile_is_compiled_once():
    assert seccomp.compile_profile() is seccomp.compile_profile()
