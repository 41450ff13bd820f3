"""GitHub's part in the demonstration: one bare repository for each student, with a hook that announces pushes."""

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from course_admin.demo import announce
from course_admin.demo.students import DemoStudent, Files

GIT_SECONDS = 60
#: git sees our configuration and no other; the names are those of the commit's author.
CONFIGURATION = ("-c", "init.defaultBranch=main", "-c", "commit.gpgSign=false")


@dataclass(frozen=True, slots=True)
class DemoHost:
    """A folder of bare repositories, and where their pushes are announced."""

    folder: Path
    work: Path
    hook_url: str
    secret: str

    def clone_url(self) -> str:
        """Return the pattern of the repositories' addresses."""
        return f"file://{self.folder}/{{full_name}}.git"

    def create(self, student: DemoStudent, full_name: str, repository_id: int) -> None:
        """Make a student's repository, here and as their own working copy."""
        bare = self.folder / f"{full_name}.git"
        bare.mkdir(parents=True)
        _git(bare, "init", "--quiet", "--bare")
        config = bare / "announce.json"
        facts = {"full_name": full_name, "repository_id": repository_id, "login": student.login}
        config.write_text(json.dumps({**facts, "url": self.hook_url, "secret": self.secret}))
        config.chmod(0o600)
        hook = bare / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        command = shlex.join([sys.executable, "-I", announce.__file__, str(config)])
        hook.write_text(f"#!/bin/sh\nexec {command}\n")
        hook.chmod(0o700)
        copy = self.work / student.login
        copy.mkdir(parents=True)
        _git(copy, "init", "--quiet")
        _git(copy, "remote", "add", "origin", str(bare))

    def push(self, student: DemoStudent, files: Files, message: str) -> str:
        """Commit files in a student's working copy and push them; return what the host said."""
        copy = self.work / student.login
        for name, text in files.items():
            path = copy / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        author = ("-c", f"user.name={student.name}", "-c", f"user.email={student.login}@example.edu")
        _git(copy, "add", "--all")
        _git(copy, *author, "commit", "--quiet", "--message", message)
        said = _git(copy, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        return "\n".join(line.removeprefix("remote:").strip() for line in said.splitlines()).strip()


def _git(folder: Path, *arguments: str) -> str:
    """Run git and return what it wrote to standard error, where a host's words appear."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    done = subprocess.run(
        ["git", *CONFIGURATION, *arguments],
        cwd=folder,
        env={**environment, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=GIT_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")
    return done.stderr
