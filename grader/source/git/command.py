"""Run git in a throw-away repository with a fixed configuration and hard limits. Side: worker.

git sees no configuration but ours: no system or user file, no hook, no credential helper, no proxy, no prompt, no
replace refs, no submodules, no filters, and one protocol. It runs in a process group of its own with limits on file
size, memory and CPU; its output and its folder are measured while it runs, and the group is killed when it is done.
Source: git-config(1), git(1) "Environment Variables".
"""

import os
import selectors
import shutil
import signal
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from grader.errors import SourceError
from grader.source.git.repository import RemoteRepository, SourceUnavailable
from grader.source.limits import SourceLimits, show_bytes
from grader.source.names import escape_name

PATH = "/usr/local/bin:/usr/bin:/bin"
MEMORY_BYTES = 2 * 1024**3
STDERR_BYTES = 16 * 1024
POLL_SECONDS = 0.05
GROUP_POLLS = 200  # one second
PRINTABLE = frozenset(map(chr, range(0x21, 0x7F)))
CONFIGURATION = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.alternateRefsCommand": "false",
    "core.askPass": "",
    "credential.helper": "",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",  # one pack, so that one file size limit holds the whole fetch
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",  # bytes a second; less for so long is a host that hangs, and is left sooner
    "http.lowSpeedTime": "15",
    "http.proxy": "",
    "pack.threads": "1",
    "protocol.version": "2",
    "submodule.recurse": "false",
    "transfer.bundleURI": "false",
}


class Quarantine:
    """A bare repository in a folder that the caller throws away, and the only way git is run in it."""

    def __init__(self, folder: Path, repository: RemoteRepository, token: str | None, limits: SourceLimits) -> None:
        self._folder, self._limits = folder, limits
        self._deadline = time.monotonic() + limits.wall_seconds
        self._secrets: tuple[str, ...] = ()
        self._command = _limited_git(limits)
        (folder / "home").mkdir()
        self._environment = self._make_environment(repository, token)
        self.run("init", "--quiet", "--bare", "--template=", "--object-format=sha1", "--", str(folder / "git"))

    def _make_environment(self, repository: RemoteRepository, token: str | None) -> dict[str, str]:
        configuration = dict(CONFIGURATION)
        if repository.pinned:
            configuration["http.curloptResolve"] = repository.pinned
        if token is not None and repository.base_url:
            if not token or not PRINTABLE.issuperset(token):
                raise SourceUnavailable("The token for fetching is empty, or holds a character that no token has.")
            basic = b64encode(f"x-access-token:{token}".encode()).decode()
            self._secrets = (basic, token)
            configuration[f"http.{repository.base_url}.extraHeader"] = f"Authorization: Basic {basic}"
        environment = {
            "PATH": PATH,
            "HOME": str(self._folder / "home"),
            "LC_ALL": "C",
            "GIT_DIR": str(self._folder / "git"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_PROTOCOL_FROM_USER": "0",
            "GIT_ALLOW_PROTOCOL": repository.protocol,
            "GIT_CONFIG_COUNT": str(len(configuration)),
        }
        for index, (key, value) in enumerate(configuration.items()):
            environment |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
        return environment

    def run(self, *arguments: str, given: bytes = b"", output_bytes: int = 64 * 1024) -> bytes:
        """Run one git command and return what it printed.

        Raises GitFailed with git's own words if it fails, SourceError if it prints more than `output_bytes` or its
        folder outgrows the limit, SourceUnavailable when the time for all commands together is over.
        """
        input_path = self._folder / "input"
        input_path.write_bytes(given)
        with input_path.open("rb") as standard_input:
            process = subprocess.Popen(
                [*self._command, *arguments],
                stdin=standard_input,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                cwd=self._folder / "home",
                start_new_session=True,
            )
        try:
            output, words = self._drain(process, output_bytes)
            self._wait(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
            process.wait()
            _await_end(process.pid)
            for pipe in (process.stdout, process.stderr):
                _expect(pipe).close()
        if process.returncode != 0:
            raise GitFailed(self._scrub(words.decode("utf-8", "replace")), process.returncode)
        return output

    def _drain(self, process: subprocess.Popen[bytes], output_bytes: int) -> tuple[bytes, bytes]:
        """Read both pipes to their ends, keeping all of the output and the first words of complaint."""
        output, words = bytearray(), bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(_expect(process.stdout), selectors.EVENT_READ, output)
            selector.register(_expect(process.stderr), selectors.EVENT_READ, words)
            while selector.get_map():
                for key, _ in selector.select(POLL_SECONDS):
                    piece = os.read(key.fd, 64 * 1024)
                    if not piece:
                        selector.unregister(key.fileobj)
                    elif key.data is output:
                        output += piece
                    else:
                        words += piece[: STDERR_BYTES - len(words)]
                if len(output) > output_bytes:
                    raise SourceError("The commit lists more than can be staged; hand in your sources only.")
                self._check_limits()
        return bytes(output), bytes(words)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the process has ended, and leave it unreaped."""
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            self._check_limits()
            time.sleep(POLL_SECONDS / 10)

    def _check_limits(self) -> None:
        if time.monotonic() > self._deadline:
            raise SourceUnavailable(
                f"Asking the repository's host took longer than {self._limits.wall_seconds:g} seconds."
            )
        if sum(_file_sizes(self._folder)) > self._limits.fetch_bytes:
            raise SourceError(
                f"The commit is larger than {show_bytes(self._limits.fetch_bytes)}; remove data sets and other large "
                f"files from the repository."
            )

    def _scrub(self, words: str) -> str:
        for secret in self._secrets:
            words = words.replace(secret, "***")
        return words


class GitFailed(Exception):
    """A git command ended badly; `words` is what it said, without secrets."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(f"git ended with status {status}: {escape_name(words.strip())}")
        self.words = words
        self.status = status

    @property
    def last_words(self) -> str:
        """The last line of what git said, escaped for display."""
        return escape_name(self.words.strip().rpartition("\n")[2])


def _limited_git(limits: SourceLimits) -> list[str]:
    prlimit, git = shutil.which("prlimit", path=PATH), shutil.which("git", path=PATH)
    if not prlimit or not git:
        raise SourceUnavailable("git, or prlimit of util-linux, is not installed on this machine.")
    cpu_seconds = int(limits.wall_seconds) + 1
    return [
        prlimit,
        f"--fsize={limits.fetch_bytes}",
        f"--as={MEMORY_BYTES}",
        f"--cpu={cpu_seconds}",
        "--core=0",
        git,
        "--no-pager",
    ]


def _expect(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # both were asked for when the process was made
    return pipe


def _await_end(group: int) -> None:
    """Wait a moment until the killed rest of a group has ended, so that nothing writes while the folder is removed."""
    for _ in range(GROUP_POLLS):
        if not _is_alive(group):
            return
        time.sleep(POLL_SECONDS / 10)


def _is_alive(group: int) -> bool:
    """Say whether a process group has a member that can still run; zombies, which nobody may be reaping, cannot."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _, member_of = status.read_bytes().rpartition(b") ")[2].split()[:3]
            if int(member_of) == group and state not in (b"Z", b"X"):
                return True
    return False


def _file_sizes(folder: Path) -> Iterator[int]:
    """Yield the size of every file below a folder; files may come and go meanwhile."""
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listing:
                for item in listing:
                    if item.is_dir(follow_symlinks=False):
                        waiting.append(item.path)
                    else:
                        yield item.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
