"""The file systems of bubblewrap's boxes: what they hold, who may enter them, and when they are built again."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import SandboxUnavailable
from grader.sandbox.rootfs import build, locate

FOREIGN_UID = 64000


def pins(path: Path) -> dict[str, str]:
    """Read a requirement file of exact pins."""
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return dict(line.split("==") for line in lines if line)


@pytest.fixture(scope="module")
def roots() -> locate.Roots:
    return locate.ensure_roots()


@pytest.fixture
def run_in() -> Callable[[Path, str], str]:
    """Run a line of Python in a root under bubblewrap, started by a user who owns nothing, and return what it prints."""

    def run(root: Path, code: str) -> str:
        become = ["setpriv", f"--reuid={FOREIGN_UID}", f"--regid={FOREIGN_UID}", "--clear-groups"]
        command = ["bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--clearenv"]
        command += ["--ro-bind", str(root), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
        command += ["/usr/bin/python3", "-I", "-c", code]
        done = subprocess.run(
            [*(become if os.geteuid() == 0 else []), *command], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


# What goes in


def test_candidate_holds_numpy_msgpack_and_time_zones_only(roots):
    assert pins(locate.CANDIDATE_PINS).keys() == {"numpy", "msgpack", "tzdata"}
    installed = importlib.metadata.distributions(path=[str(build.packages_folder(roots.candidate))])
    assert {found.name for found in installed} == {"numpy", "msgpack", "tzdata"}


def test_judge_holds_all_that_its_packages_require(roots):
    installed = list(importlib.metadata.distributions(path=[str(build.packages_folder(roots.judge))]))
    required = {
        re.split(r"[^\w-]", requirement)[0].lower()
        for found in installed
        for requirement in found.requires or []
        if not re.search(r"extra ==|sys_platform == .win32|python_version < .3\.11", requirement)
    }
    names = {found.name.lower() for found in installed}
    assert {"pytest", "gradescope-utils", "numpy", "msgpack"} <= names
    assert required <= names


@pytest.mark.parametrize("name", ["candidate", "judge"])
def test_a_root_shows_nothing_but_what_is_listed(roots, name):
    top = {"candidate": {"submission"}, "judge": {"suite", "support"}}[name]
    root = getattr(roots, name)
    common = {"bin", "dev", "etc", "lib", "lib64", "opt", "proc", "run", "tmp", "usr"}
    assert {path.name for path in root.iterdir()} == common | top
    assert {path.name for path in (root / "usr").iterdir()} <= {"bin", "lib", "lib64"}
    assert {path.name for path in (root / "etc").iterdir()} == set(build.ETC_FILES)
    programs = {path.name for path in (root / "usr" / "bin").iterdir()}
    assert programs == {"python", "python3", build.library_folder(root).name}
    for point in ("proc", "dev", "tmp", "run/assay", "opt/assay", *top):
        assert not any((root / point).iterdir())


@pytest.mark.medium
@pytest.mark.parametrize("name", ["candidate", "judge"])
def test_everything_in_a_root_is_readable_by_all_and_leads_nowhere_else(roots, name):
    root = getattr(roots, name)
    for folder, folders, files in os.walk(root):
        for path in (Path(folder, entry) for entry in [*folders, *files]):
            if path.is_symlink():
                assert path.resolve().is_relative_to(root), path
            else:
                mode = path.stat().st_mode
                assert mode & stat.S_IROTH, path
                assert not mode & (stat.S_IWOTH | stat.S_IWGRP | stat.S_ISUID | stat.S_ISGID), path


def test_whatever_the_modes_were_all_may_read_and_only_the_owner_may_write(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for name, mode in {"private": 0o600, "shared": 0o666, "program": 0o4750}.items():
        (closed / name).write_text("")
        (closed / name).chmod(mode)
    build.open_to_all(tmp_path)
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in (closed, *closed.iterdir())}
    assert modes == {"closed": "0o755", "private": "0o644", "shared": "0o644", "program": "0o755"}


def test_tests_and_build_tools_are_left_out(roots):
    library = build.library_folder(roots.judge)
    for name in ("test", "idlelib", "ensurepip", "tkinter", "distutils", "lib2to3", "unittest/test"):
        assert not (library / name).exists()
    assert not list(build.packages_folder(roots.judge).glob("**/tests"))


# What works inside


@pytest.mark.bubblewrap
def test_numpy_computes_in_a_root(roots, run_in):
    code = "import numpy as np, msgpack; a = np.arange(90000.0).reshape(300, 300); print(np.__version__, (a @ a)[0, 0])"
    version, value = run_in(roots.candidate, code).split()
    assert version == pins(locate.CANDIDATE_PINS)["numpy"]
    assert float(value) == sum(300.0 * k * k for k in range(300))


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_pytest_runs_in_the_judges_root(roots, run_in):
    code = "import pytest, gradescope_utils.autograder_utils.decorators, numpy, msgpack; print(pytest.__version__)"
    assert run_in(roots.judge, code) == pins(locate.JUDGE_PINS)["pytest"]


@pytest.mark.bubblewrap
def test_time_zones_are_known_in_both_roots(roots, run_in):
    code = (
        "from datetime import datetime; from zoneinfo import ZoneInfo;"
        "print(datetime(2024, 7, 1, tzinfo=ZoneInfo('Europe/Berlin')))"
    )
    for root in (roots.candidate, roots.judge):
        assert run_in(root, code) == "2024-07-01 00:00:00+02:00"


def test_hypothesis_has_its_tables_of_characters(roots):
    tables = (build.packages_folder(roots.judge) / "hypothesis" / "storage").rglob("*.gz")
    assert {"charmap.json.gz", "codec-v2-utf-8.json.gz"} <= {path.name for path in tables}


@pytest.mark.bubblewrap
def test_the_interpreter_finds_everything_below_usr(roots, run_in):
    paths = run_in(roots.candidate, "import sys; print(sys.prefix, sys.exec_prefix, *sys.path)").split()
    assert paths[:2] == ["/usr", "/usr"]
    assert all(path.startswith("/usr/lib") for path in paths[2:])


@pytest.mark.bubblewrap
def test_every_extension_of_the_standard_library_loads(roots, run_in):
    code = (
        "import importlib, os, sys; folder = next(p for p in sys.path if p.endswith('lib-dynload'));"
        "print(len([importlib.import_module(name.split('.')[0]) for name in os.listdir(folder)]))"
    )
    assert int(run_in(roots.candidate, code)) > 20


def test_every_module_is_compiled_and_does_not_tell_where_it_was_built(roots):
    sources = set(build.library_folder(roots.judge).rglob("*.py"))
    compiled = set(build.library_folder(roots.judge).rglob("*.pyc"))
    assert {Path(importlib.util.cache_from_source(str(path))) for path in sources} == compiled
    built_in = os.fsencode(locate.base_folder())
    assert not [path for path in compiled if built_in in path.read_bytes()]


@pytest.mark.bubblewrap
def test_a_box_knows_one_bland_user_and_nothing_of_the_host(roots, run_in):
    code = "import pwd; print([(u.pw_name, u.pw_uid, u.pw_dir) for u in pwd.getpwall()])"
    assert run_in(roots.candidate, code) == "[('student', 65534, '/tmp')]"


# When it is built, and where


def test_new_pins_mean_new_roots(tmp_path, monkeypatch):
    before = locate.roots_digest()
    changed = tmp_path / "requirements.txt"
    changed.write_text(locate.CANDIDATE_PINS.read_text().replace("numpy==2", "numpy==1"))
    monkeypatch.setattr(locate, "CANDIDATE_PINS", changed)
    assert locate.roots_digest() != before


def test_missing_roots_are_named_with_the_command_that_builds_them(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("ASSAY_ROOTS", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match=r"not built: python -m grader\.sandbox\.rootfs"):
        locate.find_roots()


def test_roots_that_were_built_elsewhere_are_found_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_BUILT_ROOTS", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="cannot be used"):
        locate.find_roots()
    (tmp_path / "stamp.json").write_text(json.dumps({"machine": os.uname().machine, "digest": "d"}))
    assert locate.find_roots() == locate.ensure_roots() == locate.Roots(tmp_path / "candidate", tmp_path / "judge", "d")


def test_a_closed_folder_is_refused_when_it_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "home").mkdir(mode=0o700)
    monkeypatch.setenv("ASSAY_ROOTS", str(tmp_path / "home" / "roots"))
    with pytest.raises(SandboxUnavailable, match=r"must be open to every user, but /\S+ is not"):
        locate.ensure_roots()


def test_a_project_in_a_closed_folder_keeps_its_roots_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("ASSAY_ROOTS", raising=False)
    (tmp_path / "home").mkdir(mode=0o700)
    monkeypatch.setattr(locate, "PROJECT", tmp_path / "home" / "assay")
    assert locate.base_folder() == locate.SHARED_BASE


@pytest.fixture
def empty_base(tmp_path, monkeypatch):
    """Give the roots an empty folder of their own, made under a umask that shares nothing."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("ASSAY_ROOTS", str(tmp_path / "deep" / "roots"))
    before = os.umask(0o077)
    yield tmp_path / "deep" / "roots"
    os.umask(before)


def test_processes_that_ask_at_once_build_once(empty_base, monkeypatch):
    built = []

    def fake_build(folder: Path, digest: str, *_pins: Path) -> None:
        built.append(digest)
        folder.mkdir()
        (folder / "stamp.json").write_text("{}")

    monkeypatch.setattr(build, "build_roots", fake_build)
    found: list[locate.Roots] = []
    threads = [threading.Thread(target=lambda: found.append(locate.ensure_roots())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [locate.roots_digest()]
    assert len(found) == 4
    assert all(folder.stat().st_mode & 0o777 == 0o755 for folder in (empty_base, empty_base.parent))


def test_a_build_that_fails_leaves_nothing_behind(empty_base, monkeypatch):
    def fake_build(folder: Path, *_rest: object) -> None:
        (folder / "candidate").mkdir(parents=True)
        raise SandboxUnavailable("The disk is full.")

    monkeypatch.setattr(build, "build_roots", fake_build)
    with pytest.raises(SandboxUnavailable, match="The disk is full"):
        locate.ensure_roots()
    assert [path.name for path in empty_base.iterdir()] == [".lock"]


@pytest.mark.slow
def test_a_pin_that_cannot_be_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    file = tmp_path / "requirements.txt"
    file.write_text("no-such-distribution==1.0\n")
    with pytest.raises(SandboxUnavailable, match=r"could not install \S+requirements\.txt: .*no-such-distribution"):
        build.install_packages(tmp_path / "root", file)


def test_the_command_says_in_one_line_what_is_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    blocker = tmp_path / "file"
    blocker.write_text("")
    monkeypatch.setenv("ASSAY_ROOTS", str(blocker / "roots"))
    assert locate.main() == 3
    assert re.fullmatch(r"The sandbox roots need the folder \S+, which cannot be made: .*\n", capsys.readouterr().err)


def test_libraries_are_found_and_missing_ones_reported(roots, tmp_path):
    libraries = build.loaded_by([build.base_interpreter()])
    assert "libc.so.6" in libraries
    assert all(path and path.is_file() for path in libraries.values())
    extension = next(build.packages_folder(roots.candidate).glob("numpy/_core/_multiarray_umath*.so"))
    away_from_its_libraries = shutil.copy(extension, tmp_path)
    assert None in build.loaded_by([Path(away_from_its_libraries)]).values()


def test_a_missing_program_is_named_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build, "build_roots", lambda *_: build.loaded_by([Path("/bin/sh")]))
    with pytest.raises(SandboxUnavailable, match=r"The sandbox roots cannot be built in .*'ldd'"):
        locate.build_into(tmp_path / "roots", "0" * 16)
    assert list(tmp_path.iterdir()) == []
