"""Compiles the one seccomp profile, docker/seccomp.json, for boxes that no container engine starts. Side: worker.

The profile is an allow-list in Docker's format: Docker reads the file itself, `bwrap --seccomp FD` gets the program
made here. What is always true of that program: a call that the profile does not name fails with the default errno, a
call made through another architecture's table (32-bit x86, x32) kills the process, and a profile with anything in it
that is not understood here is refused rather than compiled without it.
"""

import errno
import functools
import hashlib
import importlib
import json
import platform
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.errors import SandboxUnavailable

PROFILE = Path(__file__).resolve().parents[2] / "docker" / "seccomp.json"

ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
COMPARISONS = {"SCMP_CMP_EQ": "EQ", "SCMP_CMP_MASKED_EQ": "MASKED_EQ"}
PROFILE_KEYS = {"defaultAction", "archMap", "syscalls"}
RULE_KEYS = {"comment", "names", "action", "args", "errnoRet"}
ARGUMENT_KEYS = {"index", "value", "valueTwo", "op"}

#: Memory that is on no process's own account: beside single calls, shared memory without a file, and pipes of other sizes.
SHARED_MEMORY, PIPE_SIZE = "mmap MAP_SHARED|MAP_ANONYMOUS", "fcntl F_SETPIPE_SZ"
UNCOUNTED = ("memfd_create", SHARED_MEMORY, PIPE_SIZE)
MAP_SHARED, MAP_ANONYMOUS, F_SETPIPE_SZ = 0x01, 0x20, 1031

# libseccomp's own numbers: a name that it does not know, and a program searched as a tree instead of a list.
UNKNOWN_CALL = -1
BINARY_TREE = 2


def compile_profile(path: Path = PROFILE, refused: tuple[str, ...] = ()) -> bytes:
    """Return the profile as a BPF program for this machine, without the calls that are refused as well, such as `UNCOUNTED`.

    The same text is compiled once per process, or never, if its program lies beside it (`compiled_name`).
    Raises SandboxUnavailable if libseccomp is missing, or if the profile cannot be read or understood.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SandboxUnavailable(f"The seccomp profile {path} cannot be read: {error.strerror}.") from error
    beside = path.with_name(compiled_name(text, refused))
    return beside.read_bytes() if beside.is_file() else compile_text(text, str(path), refused)


def compiled_name(text: str, refused: tuple[str, ...]) -> str:
    """Return the name of a program's file: it says for which machine and of which text it is."""
    digest = hashlib.sha256("\0".join((text, *refused)).encode()).hexdigest()
    return f"seccomp-{platform.machine()}-{digest[:32]}.bpf"


@functools.cache
def compile_text(text: str, name: str, refused: tuple[str, ...] = ()) -> bytes:
    """Return the BPF program of the profile `text`, which errors call `name`."""
    library = load_library()
    try:
        profile = checked(json.loads(text), PROFILE_KEYS)
        check_machine(profile["archMap"])
        bpf = library.SyscallFilter(action(library, profile["defaultAction"], errno.EPERM))
        bpf.set_attr(library.Attr.ACT_BADARCH, library.KILL_PROCESS)
        bpf.set_attr(library.Attr.CTL_OPTIMIZE, BINARY_TREE)
        for rule in profile["syscalls"]:
            for narrower in without(checked(rule, RULE_KEYS), refused):
                add_rule(library, bpf, narrower)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise SandboxUnavailable(f"The seccomp profile {name} cannot be compiled: {error!r}.") from error
    with tempfile.TemporaryFile() as program:
        bpf.export_bpf(program)
        program.seek(0)
        return program.read()


def load_library() -> ModuleType:
    """Return the binding of libseccomp, which loads it when it is imported."""
    try:
        return importlib.import_module("pyseccomp")
    except (ImportError, RuntimeError, OSError) as error:
        raise SandboxUnavailable(
            f"The bubblewrap sandbox needs libseccomp (Debian's package libseccomp2), which does not load: {error}."
        ) from error


def checked(table: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """Return `table` if it has no key but those known; a word that is skipped might be the one that forbids."""
    if unknown := set(table) - known:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    return table


def check_machine(architectures: list[dict[str, Any]]) -> None:
    """Refuse a profile that is not meant for this machine, or that lets in a second table of calls."""
    here = ARCHITECTURES.get(platform.machine())
    names = {entry["architecture"]: entry["subArchitectures"] for entry in architectures}
    if here is None or here not in names:
        raise ValueError(f"no rules for the architecture {platform.machine()}")
    if names[here]:
        raise ValueError(f"the second architectures {names[here]} are not supported")


def without(rule: dict[str, Any], refused: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rules that are left of one when calls, or some ways to make them, are refused."""
    sizes_a_pipe = [argument.get("value") for argument in rule.get("args", [])] == [F_SETPIPE_SZ]
    if PIPE_SIZE in refused and rule["names"] == ["fcntl"] and sizes_a_pipe:
        return []
    names = [name for name in rule["names"] if name not in refused]
    if SHARED_MEMORY not in refused or "mmap" not in names:
        return [{**rule, "names": names}]
    flags = [
        {"index": 3, "value": flag, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"} for flag in (MAP_SHARED, MAP_ANONYMOUS)
    ]
    private_or_of_a_file = [{**rule, "names": ["mmap"], "args": [flag]} for flag in flags]
    return [{**rule, "names": [name for name in names if name != "mmap"]}, *private_or_of_a_file]


def add_rule(library: ModuleType, bpf: Any, rule: dict[str, Any]) -> None:
    """Add one rule of the profile to the filter; a call that this machine's libseccomp does not know stays refused."""
    arguments = []
    for wanted in rule.get("args", []):
        checked(wanted, ARGUMENT_KEYS)
        comparison = getattr(library, COMPARISONS[wanted["op"]])
        arguments.append(library.Arg(wanted["index"], comparison, wanted["value"], wanted.get("valueTwo", 0)))
    for name in rule["names"]:
        number = library.resolve_syscall(library.Arch.NATIVE, name)
        if number != UNKNOWN_CALL:
            bpf.add_rule(action(library, rule["action"], rule.get("errnoRet", errno.EPERM)), number, *arguments)


def action(library: ModuleType, name: str, errno_number: int) -> int:
    """Return libseccomp's number for an action of the profile."""
    if name == "SCMP_ACT_ALLOW":
        return int(library.ALLOW)
    if name == "SCMP_ACT_ERRNO":
        return int(library.ERRNO(errno_number))
    raise ValueError(f"unknown action {name}")
