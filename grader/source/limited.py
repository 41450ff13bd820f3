"""Parse what a student sent in a child process with limits, so that it can cost its caller neither time nor memory.

Side: worker. The child has limits of CPU seconds, address space and file size, its caller one of wall seconds; it answers
with plain bytes over a pipe, which are parsed strictly. Passing a limit is the submission's fault and one sentence, except
where the machine is to blame: wall seconds gone without the CPU seconds, or a child that somebody else killed. The
caller's other threads, such as a heartbeat, go on meanwhile: waiting releases the interpreter's lock.
"""

import gc
import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from grader.errors import Fault, GraderError, SourceError, UsageError
from grader.source.archive.upload import stage_archive
from grader.source.bundle import NOT_OURS, pack_archive, unpack_archive
from grader.source.folder import stage_file, stage_folder
from grader.source.git.repository import SourceUnavailable
from grader.source.limits import MEBIBYTE, SourceLimits
from grader.source.notebooks.line_map import LineMap
from grader.source.prepare import Prepared, place_packages
from grader.source.tree import Tree

DONE, REFUSED, UNAVAILABLE, BROKEN = b"D", b"R", b"U", b"B"
EXTRA_BYTES = 64 * MEBIBYTE  # of an answer, beside the files: names, notes, and where lines came from
READ_BYTES = 1024 * 1024
TOO_COSTLY = (
    "The submission could not be read within {seconds} seconds of computing time and {memory} MiB of memory; hand in the "
    "sources you wrote, and clear the outputs of notebooks."
)
BUSY = "The submission could not be read in time, for this machine is too busy or short of memory."


def stage_limited(stage: Callable[[], Tree], limits: SourceLimits | None = None) -> Tree:
    """Return what a staging function returns, run in a limited child; raises SourceError, or a Fault of the machine's."""
    limits = limits or SourceLimits()
    return unpack_archive(run_limited(lambda: pack_archive(stage()), limits), limits)


def stage_path(path: Path) -> Tree:
    """Return the tree of a folder, an archive or a single file; raises UsageError if there is nothing."""
    if not path.exists():
        raise UsageError(f"{path} does not exist; name a folder, or a .py, .zip or .tar file")
    if path.suffix == ".py" and path.is_file():
        return stage_limited(lambda: stage_file(path))
    return stage_limited(lambda: stage_folder(path) if path.is_dir() else stage_archive(path, path.name))


def prepare_limited(prepare: Callable[[], Prepared], limits: SourceLimits | None = None) -> Prepared:
    """Return what preparing a package returns, run in a limited child; raises as `stage_limited` does."""
    limits = limits or SourceLimits()

    def answer() -> bytes:
        prepared = prepare()
        facts = [prepared.notes, prepared.packages, prepared.unreadable, prepared.lines.to_rows()]
        return json.dumps(facts).encode() + b"\n" + pack_archive(prepared.tree)

    facts, _, archive = run_limited(answer, limits).partition(b"\n")
    try:
        notes, packages, unreadable, rows = json.loads(facts)
        lines = LineMap.from_rows(rows)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise SourceError(NOT_OURS) from None
    notes, packages, unreadable = (tuple(map(str, texts)) for texts in (notes, packages, unreadable))
    return Prepared(unpack_archive(archive, limits), lines, notes, packages, unreadable)


class Preparation:
    """A submission on its way into the sandbox: what goes there is known at once, and what Python cannot read of it later.

    Parsing every file takes a while; a limited child does it, while its caller has other things to do.
    """

    def __init__(
        self,
        tree: Tree,
        packages: Sequence[str],
        notebooks: str,
        limits: SourceLimits | None = None,
        required_files: Sequence[str] = (),
    ) -> None:
        limits = limits or SourceLimits()
        self.prepared = self._as_it_came = Prepared(tree, LineMap(), tree.notes())
        self.refusal: str | None = None  # the sentence that every test will carry
        self._reading: LimitedWork | None = None
        try:
            placed = prepare_limited(lambda: place_packages(tree, packages, notebooks, limits, required_files), limits)
        except SourceError as problem:
            self.refusal = str(problem)
        else:
            self.prepared = placed
            self._reading = LimitedWork(lambda: json.dumps(placed.find_unreadable()).encode(), limits)

    def finish(self) -> None:
        """Wait for what was read; raises what `stage_limited` does, but for a SourceError, which is a refusal."""
        if self._reading is None:
            return
        try:
            sentences = tuple(map(str, json.loads(self._reading.result())))
        except SourceError as problem:
            self.prepared, self.refusal = self._as_it_came, str(problem)
        except (ValueError, TypeError, RecursionError):
            self.prepared, self.refusal = self._as_it_came, NOT_OURS
        else:
            self.prepared = self.prepared.with_unreadable(sentences)
        self._reading = None

    def abandon(self) -> None:
        """End the child that reads, if it is not over."""
        if self._reading is not None:
            self._reading.abandon()


def run_limited(work: Callable[[], bytes], limits: SourceLimits) -> bytes:
    """Return the bytes that `work` returns in a limited child."""
    return LimitedWork(work, limits).result()


class LimitedWork:
    """Work that a limited child has begun; either `result` or `abandon` ends the child."""

    def __init__(self, work: Callable[[], bytes], limits: SourceLimits) -> None:
        self._limits = limits
        self._reader, writer = os.pipe()
        self._deadline = time.monotonic() + limits.reading_wall_seconds
        self._child = os.fork()
        if self._child == 0:
            _answer(work, writer, limits)
        os.close(writer)
        self._is_over = False

    def result(self) -> bytes:
        """Wait for the child, and return the bytes that the work returned; raises as `stage_limited` does."""
        answer = None
        try:
            answer = self._read_answer()
        finally:
            ended, usage = self._end(is_killed=answer is None)
        if answer is None:
            is_costly = usage.ru_utime + usage.ru_stime >= self._limits.reading_cpu_seconds
            raise _costly(self._limits) if is_costly else SourceUnavailable(BUSY)
        return _judge(answer, ended, self._limits)

    def abandon(self) -> None:
        """End the child, whose answer nobody needs any more; after `result` it does nothing."""
        if not self._is_over:
            self._end(is_killed=True)

    def _end(self, is_killed: bool) -> tuple[int, resource.struct_rusage]:
        self._is_over = True
        os.close(self._reader)
        if is_killed:
            os.kill(self._child, signal.SIGKILL)
        _, ended, usage = os.wait4(self._child, 0)
        return ended, usage

    def _read_answer(self) -> bytes | None:
        """Return all that the child writes until it closes its end; None if it takes too long or writes too much."""
        answer = bytearray()
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        while len(answer) <= self._limits.total_bytes + EXTRA_BYTES:
            left_ms = (self._deadline - time.monotonic()) * 1000
            if left_ms <= 0 or not poll.poll(left_ms):
                return None
            piece = os.read(self._reader, READ_BYTES)
            if not piece:
                return bytes(answer)
            answer += piece
        return None


def _judge(answer: bytes, status: int, limits: SourceLimits) -> bytes:
    """Return the child's bytes, or raise what it says, or what its end means."""
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGKILL:
            raise SourceUnavailable(BUSY)
        raise _costly(limits)
    kind, rest = answer[:1], answer[1:]
    if kind == DONE and status == 0:
        return rest
    sentence = rest.decode("utf-8", "replace")
    if kind == REFUSED:
        raise SourceError(sentence)
    raise SourceUnavailable(sentence) if kind == UNAVAILABLE else Fault(sentence or "Reading a submission failed.")


def _costly(limits: SourceLimits) -> SourceError:
    memory = limits.reading_memory_bytes // MEBIBYTE
    return SourceError(TOO_COSTLY.format(seconds=limits.reading_cpu_seconds, memory=memory))


def _answer(work: Callable[[], bytes], writer: int, limits: SourceLimits) -> NoReturn:
    """Do the work as the child, write the answer, and end without any of the caller's clean-up."""
    try:
        gc.disable()  # it would run the finalisers of the caller's objects
        os.closerange(
            3, writer
        )  # whoever waits for the end of one of the caller's pipes must not wait for this process
        os.closerange(writer + 1, os.sysconf("SC_OPEN_MAX"))
        _limit(limits)
        try:
            answer = DONE + work()
        except SourceUnavailable as problem:
            answer = UNAVAILABLE + str(problem).encode("utf-8", "replace")
        except SourceError as problem:
            answer = REFUSED + str(problem).encode("utf-8", "replace")
        except (MemoryError, RecursionError):
            answer = REFUSED + str(_costly(limits)).encode()
        except Exception as problem:
            name = "" if isinstance(problem, GraderError) else f"{type(problem).__name__}: "
            answer = BROKEN + f"{name}{problem}".encode("utf-8", "replace")
        with suppress(BrokenPipeError):
            view = memoryview(answer)
            while view:
                view = view[os.write(writer, view) :]
    finally:
        os._exit(0)


def _limit(limits: SourceLimits) -> None:
    """Limit this process; the hard limits stay, for a git that it starts has limits of its own."""
    with open("/proc/self/statm", "rb") as file:
        held_bytes = int(file.read().split()[0]) * resource.getpagesize()
    figures = {
        resource.RLIMIT_CPU: limits.reading_cpu_seconds,
        resource.RLIMIT_AS: held_bytes + limits.reading_memory_bytes,
        resource.RLIMIT_FSIZE: limits.fetch_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, figure in figures.items():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (figure if hard == resource.RLIM_INFINITY else min(figure, hard), hard))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
