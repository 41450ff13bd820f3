"""docker/system-packages: what is missing on a machine is named, a sentence each, where it cannot be installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "docker"
SCRIPT = SCRIPTS / "system-packages"
ALWAYS_THERE = ("bash", "cat", "dirname", "grep", "id")


@pytest.fixture
def run_with(tmp_path):
    """Run the script where only the named programs are found, apt-get never among them."""

    def run(*programs: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
        for name in (*ALWAYS_THERE, *programs):
            (tmp_path / name).symlink_to(shutil.which(name) or f"/usr/bin/{name}")
        command = [str(tmp_path / "bash"), str(SCRIPT), python]
        return subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)

    return run


@pytest.mark.bubblewrap
def test_a_machine_that_has_everything_hears_nothing(run_with):
    done = run_with("git", "bwrap")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_missing_git_is_named_and_stops(run_with):
    done = run_with("bwrap")
    assert done.returncode == 1
    assert (
        "The package git is missing (fetching and reading submissions): apt-get install git, as root.\n" in done.stderr
    )


def test_a_missing_bubblewrap_is_named_and_does_not_stop(run_with):
    done = run_with("git")
    assert done.returncode == 0
    assert done.stderr == (
        "The package bubblewrap is missing (the sandbox that needs no service): apt-get install bubblewrap, as root.\n"
    )


def test_an_absent_python_is_named(run_with):
    done = run_with("git", python="no-such-python")
    assert done.returncode == 1
    assert "Python 3.11 or later, but no-such-python does not start" in done.stderr


def test_an_old_python_is_named_with_its_version(run_with, tmp_path):
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\ncase $2 in *exit*) exit 1;; *) echo 3.9;; esac\n")
    old.chmod(0o755)
    done = run_with("git", python=str(old))
    assert done.returncode == 1
    assert f"but {old} is 3.9" in done.stderr


APT_GET = """#!/bin/sh
echo x >> tries
[ $(grep -c x tries) -gt 2 ] || { echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7" >&2; exit 100; }
echo "$@" >> done
"""


def install(folder: Path, apt_get: str) -> subprocess.CompletedProcess[str]:
    """Install a package where apt-get is this script and no pause takes time."""
    for name, text in {"apt-get": apt_get, "sleep": "#!/bin/sh\n"}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    command = [str(SCRIPTS / "debian-packages"), "bubblewrap"]
    environ = {"PATH": f"{folder}:/usr/bin:/bin"}
    return subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, check=False)


def test_an_installation_waits_for_another_programs_and_says_so_once(tmp_path):
    done = install(tmp_path, APT_GET)
    said = "Waiting for another program that installs packages here (up to 5 minutes).\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", said)
    assert (tmp_path / "done").read_text() == "update -qq\ninstall -y -qq --no-install-recommends bubblewrap\n"


@pytest.mark.parametrize("said", ["E: Unable to locate package bubblewrap", "E: Could not get lock"])
def test_an_installation_that_fails_says_why(tmp_path, said):
    done = install(tmp_path, f"#!/bin/sh\necho '{said}' >&2\nexit 100\n")
    assert done.returncode == 100
    assert done.stderr.splitlines()[-1] == said
