"""What a candidate says that it has written lands in the test's folders only, and is never run here."""

import os
from pathlib import Path
from typing import Any

import pytest

from grader.judge.exceptions import CandidateEnded
from grader.judge.process.files import MOST_FILES, Files
from tests.grader.judge.remote.verdicts import judged


class Answering:
    """A candidate that answers the question for what it has written with this."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def own_request(self, *_asked: Any) -> Any:
        return self.answer

    def end(self, verdict: Any, message: str) -> CandidateEnded:
        return CandidateEnded(verdict, message)


def fetched(folder: Path, answer: Any) -> None:
    files = Files()
    files.add(str(folder))
    files.fetch(Answering(answer))  # type: ignore[arg-type]


def test_what_is_written_there_is_here(tmp_path: Path) -> None:
    fetched(tmp_path, [[f"{tmp_path}/a"], {f"{tmp_path}/a/b.txt": b"hello"}, []])
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"hello"
    fetched(tmp_path, [[], {}, [f"{tmp_path}/a/b.txt", f"{tmp_path}/a"]])
    assert not (tmp_path / "a").exists()


HOSTILE = {
    "a file elsewhere": lambda own, other: [[], {f"{other}/x": b"x"}, []],
    "a file beside the folder": lambda own, other: [[], {f"{own}x": b"x"}, []],
    "a way up": lambda own, other: [[], {f"{own}/../other/x": b"x"}, []],
    "by a link": lambda own, other: [[], {f"{own}/link/x": b"x"}, []],
    "a link itself": lambda own, other: [[], {f"{own}/link": b"x"}, []],
    "a folder elsewhere": lambda own, other: [[f"{other}/x"], {}, []],
    "a folder that is a link, and what is in it": lambda own, other: [[f"{own}/link"], {f"{own}/link/x": b"x"}, []],
    "a removal elsewhere": lambda own, other: [[], {}, [f"{other}/kept"]],
    "a removal by a link": lambda own, other: [[], {}, [f"{own}/link/kept"]],
    "a zero byte": lambda own, other: [[], {f"{own}/\0": b"x"}, []],
    "a path that is none": lambda own, other: [[5], {}, []],
    "no bytes": lambda own, other: [[], {f"{own}/x": "x"}, []],
    "other parts": lambda own, other: [[], {}],
    "nothing": lambda own, other: None,
    "too many": lambda own, other: [[f"{own}/{n}" for n in range(MOST_FILES + 1)], {}, []],
}


@pytest.mark.parametrize("case", HOSTILE)
def test_nothing_is_written_elsewhere(case: str, tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    (other / "kept").write_text("kept")
    os.symlink(other, own / "link")
    with pytest.raises(CandidateEnded):
        fetched(own, HOSTILE[case](own, other))
    assert [path.name for path in other.iterdir()] == ["kept"]
    assert [path.name for path in own.iterdir()] == ["link"]


STUDENT = """
import os, pickle
class Evil:
    def __reduce__(self): return (os.mkdir, (os.environ["MARKER"],))
def save(folder):
    with open(folder + "/evil.pickle", "wb") as file: pickle.dump(Evil(), file)
    with open(folder + "/evil.py", "w") as file: file.write("import os; os.mkdir(os.environ['MARKER'])")
"""
RUNNING = {
    "unpickled": "import pickle; pickle._loads(open(folder + '/evil.pickle', 'rb').read())",
    "imported": "import sys; sys.path.insert(0, folder); import evil",
    "run by its path": "import runpy; runpy.run_path(folder + '/evil.py')",
    "started": "import subprocess, sys; subprocess.run([sys.executable, folder + '/evil.py'])",
    "started by a shell": "import os, sys; os.system(f'{sys.executable} {folder}/evil.py')",
}


@pytest.mark.medium
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # what is tried leaves its file open
@pytest.mark.parametrize("case", RUNNING)
def test_what_the_student_wrote_is_not_run(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKER", str(tmp_path / "marker"))
    monkeypatch.syspath_prepend("/nowhere")  # and what the test does to sys.path is undone
    test = f"import tempfile\ndef test():\n    folder = tempfile.mkdtemp()\n    work.save(folder)\n    {RUNNING[case]}"
    found = judged(tmp_path, STUDENT, test)
    is_for_what_it_says = case == "unpickled"  # a file of plain values would have been read
    assert found.startswith("failed: " if is_for_what_it_says else "suite: ")
    assert "marked @in_candidate" in found
    assert not (tmp_path / "marker").exists()
