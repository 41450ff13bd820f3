"""docker/engine where an engine was killed before: what it left behind does not keep the next one from starting."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PID_FILES = ("docker.pid", "docker/containerd/containerd.pid")

DOCKER = '#!/bin/sh\ntest -e "$ASSAY_DOCKER_RUN/up"\n'
#: Starts as the real one does: not where a file names a process that is said to run already.
DOCKERD = """#!/bin/sh
for file in docker.pid docker/containerd/containerd.pid; do
    if test -e "$ASSAY_DOCKER_RUN/$file"; then echo "pid file found"; exit 1; fi
done
touch "$ASSAY_DOCKER_RUN/up"
sleep 5
"""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start an engine"),
    pytest.mark.skipif(Path("/run/systemd/system").is_dir(), reason="systemd starts the engine here"),
]


@pytest.fixture
def run_engine(tmp_path: Path) -> Callable[[], "subprocess.CompletedProcess[str]"]:
    programs, run = tmp_path / "programs", tmp_path / "run"
    programs.mkdir()
    (run / "docker" / "containerd").mkdir(parents=True)
    for name, text in {"docker": DOCKER, "dockerd": DOCKERD}.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)

    def start() -> "subprocess.CompletedProcess[str]":
        environment = {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"} | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "ASSAY_DOCKER_RUN": str(run),
            "ASSAY_DOCKER_LOG": str(tmp_path / "log"),
        }
        return subprocess.run(
            [str(ROOT / "docker" / "engine")], env=environment, capture_output=True, text=True, timeout=90
        )

    return start


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Processes of a given name that live as many seconds, and are nobody's children no sooner than the test ends."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, seconds: int = 60) -> int:
        (program := tmp_path / name).write_bytes(Path(shutil.which("sleep") or "/bin/sleep").read_bytes())
        program.chmod(0o755)
        started.append(subprocess.Popen([program, str(seconds)]))
        return started[-1].pid

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.medium
@pytest.mark.parametrize("file", PID_FILES)
@pytest.mark.parametrize("left", ["a stranger", "a process that ended", "a zombie", "no number"])
def test_what_a_killed_engine_left_is_forgotten(
    run_engine: Callable[[], "subprocess.CompletedProcess[str]"],
    sleeper: Callable[..., int],
    tmp_path: Path,
    file: str,
    left: str,
) -> None:
    program = "dockerd" if file == "docker.pid" else "containerd"
    content = ""
    if left == "a stranger":
        content = str(sleeper(f"{program}-of-others"))
    elif left == "a zombie":
        content = str(sleeper(program, seconds=0))
    elif left == "a process that ended":
        (ended := subprocess.Popen(["true"])).wait()
        content = str(ended.pid)
    (tmp_path / "run" / file).write_text(content, encoding="ascii")
    ran = run_engine()
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.medium
@pytest.mark.parametrize("file", PID_FILES)
def test_an_engine_that_runs_is_left_to_itself(
    run_engine: Callable[[], "subprocess.CompletedProcess[str]"], sleeper: Callable[..., int], tmp_path: Path, file: str
) -> None:
    pid = sleeper("dockerd" if file == "docker.pid" else "containerd")
    (tmp_path / "run" / file).write_text(str(pid), encoding="ascii")
    ran = run_engine()
    assert ran.returncode == 3
    assert "pid file found" in ran.stderr
    assert (tmp_path / "run" / file).read_text(encoding="ascii") == str(pid)
