"""What the student's code has made is never run in the judge: neither its texts nor its pickled bytes."""

import socket
from pathlib import Path

import pytest

from tests.grader.judge.remote.verdicts import judged

STUDENT = """
import pickle

MARK = "__import__('builtins').__dict__.setdefault('MARKED', 1)"

class Sly:
    def __repr__(self):
        return MARK

    def __reduce__(self):
        return eval, (MARK,)

def text():
    return MARK

def data():
    return pickle.dumps(Sly())
"""
#: What a test does with it, and then asserts that nothing has happened here.
DONE = {
    "eval of a text": "eval(work.text())",
    "eval of a repr": "eval(repr(work.Sly()))",
    "eval with names": "eval(work.text(), {})",
    "eval in a helper": "helped(work.text())",
    "pickled bytes": "pickle.loads(work.data())",
    "a file of pickled bytes": "pickle.load(io.BytesIO(work.data()))",
    "an object": "pickle.loads(pickle.dumps(work.Sly()))",
    "pickled with others": "pickle.loads(pickle.dumps([1, work.Sly()]))",
}
#: What is refused, and what the sentence says.
REFUSED = {
    "exec of a text": ("exec(work.text())", "what exec would run here may be the student's"),
    "exec of a text with names": ("exec(work.text(), {})", "what exec would run here may be the student's"),
    "eval of code": ("eval(compile(work.text(), 'a', 'eval'))", "what eval would run here may be the student's"),
    "an unpickler": ("pickle.Unpickler(io.BytesIO(work.data())).load()", "use pickle.loads"),
    "marshal": ("marshal.loads(work.data())", "use pickle.loads"),
    "a program": ("subprocess.run([sys.executable, '-c', work.text()])", "use the fixture run_module"),
    "a program's output": ("subprocess.check_output([sys.executable, '-V'])", "use the fixture run_module"),
    "a shell": ("os.system(work.text())", "use the fixture run_module"),
}
HEAD = "import builtins, io, marshal, os, pickle, subprocess, sys\ndef helped(text): return eval(text)\n"


@pytest.mark.medium
@pytest.mark.parametrize("name", DONE)
def test_it_is_run_in_the_students_process(name: str, tmp_path: Path) -> None:
    test = f"{HEAD}def test():\n    {DONE[name]}\n    assert 'MARKED' not in vars(builtins)\n"
    assert judged(tmp_path, STUDENT, test) == "passed"


@pytest.mark.medium
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, tmp_path: Path) -> None:
    use, sentence = REFUSED[name]
    found = judged(tmp_path, STUDENT, f"{HEAD}def test():\n    {use}\n")
    assert found.startswith("suite: ")
    assert sentence in found


def test_a_number_that_the_students_code_gives_opens_no_channel_of_the_judges(tmp_path: Path) -> None:
    test = """
    import os, socket, tempfile
    def test():
        fd, path = tempfile.mkstemp()
        with open(work.f(fd), "w") as file: file.write("x")
        with open(path) as file: assert file.read() == "x"
        ours, theirs = socket.socketpair()
        with ours, theirs: open(work.f(ours.fileno()), "wb", buffering=0, closefd=False).write(b"x")
    """
    outcome = judged(tmp_path, "def f(x): return x", test)
    assert outcome == "failed: a number came back where the name of a file is expected"


#: With the number of a channel of the judge's, or of a process, as the student's code may give it.
NUMBERS = {
    "os.close(work.f(ours))": "failed: a number came back",
    "os.read(work.f(ours), 1)": "failed: a number came back",
    "os.write(work.f(ours), b'x')": "failed: a number came back",
    "os.fstat(work.Number(ours))": "failed: a number came back",
    "os.dup2(1, work.f(ours))": "failed: a number came back",
    "os.fdopen(work.f(ours))": "failed: a number came back",
    "os.listdir(work.f(ours))": "failed: a number came back",
    "os.closerange(3, work.f(9))": "failed: a number came back",
    "os.kill(work.f(1), 0)": "failed: a process of the student's cannot be seen here",
    "os.waitpid(work.f(1), 0)": "failed: a process of the student's cannot be seen here",
    "os.kill(os.getpid(), work.f(9))": "failed: a process of the student's cannot be seen here",
    "reading, writing = os.pipe(); os.write(writing, b'x'); assert os.read(work.f(reading), 1) == b'x'": "passed",
    "made, path = tempfile.mkstemp(); os.write(made, b'x'); os.close(work.f(made)); assert os.stat(path).st_size == 1": "passed",
    "assert os.path.isdir(work.f('/tmp')) and os.listdir(work.f('/')) and os.getpgid(0)": "passed",
    "shutil.rmtree(tempfile.mkdtemp())": "passed",
}


@pytest.mark.parametrize("use", NUMBERS)
def test_a_number_that_the_students_code_gives_reaches_nothing_of_the_judges(use: str, tmp_path: Path) -> None:
    student = "def f(x): return x\nclass Number:\n    def __init__(self, x): self.x = x\n    def __index__(self): return self.x\n"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        test = f"import os, shutil, tempfile\ndef test():\n    ours = {ours.fileno()}\n    {use}\n"
        assert judged(tmp_path, student, test).startswith(NUMBERS[use])
        theirs.send(b"x")
        assert ours.recv(1) == b"x"
