"""The archive for Gradescope: its form; and both scripts in a container laid out as Gradescope does, without a network."""

import errno
import io
import json
import os
import re
import stat
import subprocess
import tarfile
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.autograder import archive
from grader.autograder.archive import PackedSuite, write_autograder
from grader.autograder.judge_submission import judge, staged
from grader.cli.main import main
from grader.sandbox import seccomp
from grader.sandbox.rootfs.locate import Roots, ensure_roots
from grader.suite.bundle import pack_suite
from grader.suite.importing.writing import import_suite
from grader.suite.manifest import Suite, load_suite
from tests.grader.autograder.documented import problems
from tests.grader.engines import HONEST, engine, make_suite, make_tree
from tests.grader.suite.importing.samples import folder_as_zip
from tests.grader.suite.importing.test_gradescope import SAMPLE, by_number, of_gradescope

pytestmark = pytest.mark.timeout(400)
IMAGE = "assay-base:local"
#: What Gradescope says of a submission.
METADATA = {
    "id": 1,
    "created_at": "2026-10-02T21:14:07.123456-05:00",
    "users": [{"id": 1, "email": "mira@example.edu"}],
}


def docker(*command: str, given: bytes | None = None) -> str:
    done = subprocess.run(["docker", *command], input=given, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout.decode()


def archive_of(suite: Suite, target: Path) -> Path:
    with target.open("w+b") as out:
        write_autograder(out, PackedSuite(suite.name, suite.digest, pack_suite(suite)), ensure_roots())
    return target


def library(folder: Path) -> Suite:
    """Return the suite of an autograder that a course has in Gradescope already."""
    (folder / "library.zip").write_bytes(folder_as_zip(SAMPLE / "autograder"))
    import_suite(folder / "library.zip", folder / "library")
    return load_suite(folder / "library")


class Container:
    """Gradescope's container: the archive unpacked, set up, its own Python taken away, and no network."""

    def __init__(self, archive: Path, folder: Path) -> None:
        self.name = f"assay-test-{uuid.uuid4().hex[:12]}"
        self._folder = folder
        place = folder / "autograder"
        for part in ("source", "results"):
            (place / part).mkdir(parents=True)
        with zipfile.ZipFile(archive) as zipped:
            for entry in zipped.infolist():
                path = Path(zipped.extract(entry, place / "source"))
                path.chmod(entry.external_attr >> 16 & 0o777)
        (place / "submission_metadata.json").write_text(json.dumps(METADATA))
        docker("run", "--detach", "--rm", "--network", "none", "--name", self.name, IMAGE, "sleep", "600")
        docker("cp", "--quiet", str(place), f"{self.name}:/")
        self.run("cp /autograder/source/run_autograder /autograder/; rm /usr/bin/python3*; /autograder/source/setup.sh")

    def run(self, script: str) -> str:
        return docker("exec", "--workdir", "/autograder", self.name, "bash", "-c", f"set -e; {script}")

    def judged(self, files: dict[str, str]) -> dict[str, Any]:
        """Return what is written of a submission, once it was compared with what is documented."""
        folder = make_tree(self._folder / uuid.uuid4().hex / "submission", files)
        self.run("rm -rf /autograder/submission /autograder/results; mkdir /autograder/results")
        docker("cp", "--quiet", str(folder), f"{self.name}:/autograder/")
        assert "Boxes by separate-user." in self.run("/autograder/run_autograder")
        text = self.run("cat /autograder/results/results.json")
        assert problems(text) == []
        assert self.left_behind() == []
        document: dict[str, Any] = json.loads(text)
        return document

    def left_behind(self) -> list[str]:
        """Return the processes of boxes, and their folders."""
        look = "for each in /proc/[0-9]*/status; do grep -hE '^(State|Uid)' $each | tr '\\n' ' '; echo; done 2>/dev/null || true"
        running = [
            line for line in self.run(look).splitlines() if "Uid" in line and not re.search(r"\tZ|Uid:\s+0\s", line)
        ]
        return running + self.run("ls /autograder/assay/run").split()


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Callable[[Suite], Container]]:
    started: list[Container] = []

    def start(suite: Suite) -> Container:
        started.append(Container(archive_of(suite, tmp_path / "autograder.zip"), tmp_path / "container"))
        return started[-1]

    yield start
    for each in started:
        docker("rm", "--force", each.name)


@pytest.mark.medium
@pytest.mark.bubblewrap  # whose file systems are packed
def test_the_archive_has_both_scripts_at_its_root_executable_with_unix_line_ends(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite")
    assert main(["bundle", "gradescope", str(suite.folder), "-o", str(tmp_path / "autograder.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert archive.testzip() is None
        for name in ("setup.sh", "run_autograder"):
            assert stat.S_IMODE(archive.getinfo(name).external_attr >> 16) == 0o755
            assert archive.read(name).startswith(b"#!/usr/bin/env bash\n")
            assert b"\r" not in archive.read(name)
        told = json.loads(archive.read("autograder.json"))
    assert (told["suite"], told["digest"]) == (suite.name, suite.digest)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_file_systems_beside_which_nothing_can_be_put_are_packed_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of an image are read-only, and the worker's is where `docker compose` has any."""
    for name in ("candidate", "judge"):
        (tmp_path / "roots" / name).mkdir(parents=True)
    (tmp_path / "roots" / "stamp.json").write_text("{}")
    before = sorted(tmp_path.rglob("*"))

    def refuse(**_told: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(archive.tempfile, "NamedTemporaryFile", refuse)
    roots = Roots(tmp_path / "roots" / "candidate", tmp_path / "roots" / "judge", "d" * 64)
    with archive.packed_roots(roots) as packed, tarfile.open(fileobj=packed) as tar:
        assert tar.getnames() == ["roots/candidate", "roots/judge", "roots/stamp.json"]
    assert sorted(tmp_path.rglob("*")) == before


def test_what_was_made_beforehand_is_packed_as_it_is_without_a_box_or_libseccomp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("candidate", "judge"):
        (tmp_path / "built" / name).mkdir(parents=True)
    (tmp_path / "built" / "stamp.json").write_text("{}")
    built = Roots(tmp_path / "built" / "candidate", tmp_path / "built" / "judge", "d" * 64)
    archive.prepare(tmp_path / "image", built)
    suite = make_suite(tmp_path / "suite")
    packed = PackedSuite(suite.name, suite.digest, pack_suite(suite))
    here, there = io.BytesIO(), io.BytesIO()
    archive.write_parts(here, packed, built)
    monkeypatch.setattr(seccomp, "PROFILE", tmp_path / "image" / "docker" / "seccomp.json")
    monkeypatch.setattr(seccomp, "load_library", lambda: pytest.fail("libseccomp was looked for"))
    seccomp.compile_text.cache_clear()
    roots = tmp_path / "image" / "roots"
    archive.write_parts(there, packed, Roots(roots / "candidate", roots / "judge", "d" * 64))
    assert there.getvalue() == here.getvalue()


@pytest.mark.docker
@pytest.mark.slow
def test_in_gradescopes_container_points_are_those_of_gradescopes_own_runner(
    container: Callable[[Suite], Container], tmp_path: Path
) -> None:
    there = container(library(tmp_path))
    for kind in ("right", "wrong", "empty"):
        files = {path.name: path.read_text(encoding="utf-8") for path in (SAMPLE / kind).glob("*.py")}
        document = there.judged(files)
        expected = of_gradescope(kind, tmp_path / f"{kind}.json")
        assert by_number(document["tests"]) == expected
        assert document["score"] == pytest.approx(sum(score for score, _maximum, _visibility in expected.values()))
        assert document["extra_data"]["sandbox"] == "separate-user"


HOSTILE = """
import os, sys, socket, ctypes
ctypes.CDLL(None)
FORGED = '{"score": 1000000}'
def tell():
    found = []
    for path in ("/autograder", "/autograder/results", "/autograder/source/suite.tar", "/suite", "/proc/1/environ", "/etc/shadow"):
        if os.path.exists(path):
            found.append(path)
    for path in ("/autograder/results/results.json", "/results.json", "/tmp/../autograder/results/results.json"):
        try:
            open(path, "w").write(FORGED)
            found.append("wrote " + path)
        except OSError:
            pass
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
        try:
            socket.socket(family)
            found.append("family %d" % family)
        except OSError:
            pass
    for deed in ("setuid", "setgid"):
        try:
            getattr(os, deed)(0)
            found.append(deed)
        except OSError:
            pass
    return found
def add(a, b):
    return tell()
def double(a):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            while True:
                pass
    os.kill(os.getppid(), 9)
    os.kill(-1, 9)
def victim():
    return 1
"""
LOOKING = """
from gradescope_utils.autograder_utils.decorators import weight
import sums

@weight(1)
def test_double():
    assert sums.double(4) == 8

@weight(1)
def test_add():
    assert sums.add(2, 3) == []

@weight(1)
def test_victim():
    assert sums.victim() == 1
"""


@pytest.mark.docker
@pytest.mark.slow
def test_what_a_submission_does_in_gradescopes_container_costs_itself_alone(
    container: Callable[[Suite], Container], tmp_path: Path
) -> None:
    there = container(make_suite(tmp_path / "suite", LOOKING))
    document = there.judged({"sums.py": HOSTILE})
    found = {test["name"]: (test["score"], test["output"]) for test in document["tests"]}
    assert [score for score, _ in found.values()] == [0.0, 1.0, 1.0], found
    assert document["score"] == 2
    assert (
        there.judged({"sums.py": HONEST.replace("def victim", "def add(a, b):\n    return []\n\ndef victim")})["score"]
        == 3
    )
    assert there.judged({"other.py": "x = 1"})["score"] == 0


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_the_same_work_draws_the_same_seed_and_a_loose_file_finds_its_place(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "suite")
    tree = make_tree(tmp_path / "tree", {"sums.py": HONEST})
    first, again = (judge(tree, suite, engine("bubblewrap"), "key") for _ in range(2))
    assert first["extra_data"] == again["extra_data"]
    assert judge(tree, suite, engine("bubblewrap"), "other")["extra_data"]["seed"] != first["extra_data"]["seed"]
    placed, said = staged(tree, ("deep/sums.py",))
    assert placed.paths == ("deep/sums.py",)
    assert said == ["sums.py was put where this assignment expects it: deep/sums.py."]


@pytest.mark.slow
def test_what_cannot_be_read_is_a_sentence_and_no_fault(tmp_path: Path) -> None:
    large = make_tree(tmp_path / "large", {f"part_{number}.py": "" for number in range(2_001)})
    document = judge(large, make_suite(tmp_path / "suite"), None, "key")  # type: ignore[arg-type] # not reached
    assert document["score"] == 0
    assert "2000 files" in document["output"] or "2,000 files" in document["output"]
    assert problems(json.dumps(document)) == []
