"""Stage one commit of a git repository, by its full id, without checking anything out. Side: worker.

The commit is fetched alone (depth 1) into a throw-away repository, its objects are checked on arrival, and its files
are read as objects: no work tree exists, so no hook, filter, attribute, submodule or link has anything to act on.
"""

import os
import signal
import tempfile
from pathlib import Path

from grader.errors import CommitGone, SourceError
from grader.source.git.command import GitFailed, Quarantine
from grader.source.git.repository import FetchPolicy, SourceUnavailable, check_commit_id, judge_repository
from grader.source.limited import stage_limited
from grader.source.limits import SourceLimits
from grader.source.selection import Kind, ListedFile, finish, select
from grader.source.tree import Tree

ROW_BYTES = 256  # of `git ls-tree`, on average, generously
HEADER_BYTES = 128  # of `git cat-file --batch`, for each object
# What serves a local repository: ours in every option, and any commit by its id, also one no branch leads to.
SERVE_LOCAL = "git -c safe.directory=* -c uploadpack.allowAnySHA1InWant=true upload-pack"
KINDS = {b"120000": Kind.LINK, b"160000": Kind.SUBMODULE}
GONE = ("not our ref", "unadvertised object", "couldn't find remote ref")
MALFORMED = ("fsck error", "fsck failed", "does not match", "invalid index-pack", "inflate returned")
TOO_LARGE = ("File too large", f"died of signal {signal.SIGXFSZ:d}")


def stage_commit(
    repository: str | os.PathLike[str],
    commit_id: str,
    *,
    policy: FetchPolicy | None = None,
    token: str | None = None,
    limits: SourceLimits | None = None,
) -> Tree:
    """Return the canonical tree of one commit.

    repository: an https address, or, if the policy allows it, the path of a bare repository. token: a short-lived,
    read-only credential; it reaches git through its environment alone and is named in no error. Raises SourceError if
    the commit cannot be staged, SourceUnavailable (a fault, worth another try) if it could not be fetched, FetchNotAllowed
    (a fault, too) if our own settings forbid the address.
    """
    limits, policy = limits or SourceLimits(), policy or FetchPolicy()
    check_commit_id(commit_id)
    judged = judge_repository(repository, policy)
    with tempfile.TemporaryDirectory(prefix="assay-fetch-") as folder:
        try:
            quarantine = Quarantine(Path(folder), judged, token, limits)
            _fetch(quarantine, judged.url, commit_id)
        except GitFailed as failure:
            raise _explain(failure, commit_id) from None
        return stage_limited(lambda: _stage(quarantine, commit_id, limits), limits)


def _fetch(quarantine: Quarantine, url: str, commit_id: str) -> None:
    quarantine.run(
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        f"--upload-pack={SERVE_LOCAL if url.startswith('file:') else 'git-upload-pack'}",
        "--",
        url,
        commit_id,
    )


def _stage(quarantine: Quarantine, commit_id: str, limits: SourceLimits) -> Tree:
    """Read the fetched commit; what git lists and prints here was written by a student."""
    try:
        return _read_commit(quarantine, commit_id, limits)
    except GitFailed as failure:
        raise _explain(failure, commit_id) from None


def _read_commit(quarantine: Quarantine, commit_id: str, limits: SourceLimits) -> Tree:
    kind = quarantine.run("cat-file", "--batch-check=%(objecttype)", given=f"{commit_id}\n".encode())
    if kind != b"commit\n":
        raise SourceError(f"The id {commit_id} names something other than a commit; push a commit.")
    listing = quarantine.run(
        "ls-tree", "-r", "-z", "-l", "--full-tree", commit_id, output_bytes=limits.entry_count * ROW_BYTES
    )
    selection = select(map(_entry, listing.split(b"\0")[:-1]), limits)
    contents = _read(quarantine, selection.kept, limits)
    return finish(contents, selection.dropped, limits)


def _entry(row: bytes) -> ListedFile:
    """Read one row of `git ls-tree -l -z`: mode, type, id and size before a tab, the raw path behind it."""
    facts, _, path = row.partition(b"\t")
    mode, _, object_id, size = facts.split()
    kind = KINDS.get(mode, Kind.FILE)
    return ListedFile(path, kind, int(size) if kind is Kind.FILE else 0, object_id)


def _read(quarantine: Quarantine, kept: dict[str, ListedFile], limits: SourceLimits) -> dict[str, bytes]:
    """Read the kept blobs, each once however many names it has, in one process."""
    object_ids = dict.fromkeys(entry.handle for entry in kept.values())
    output = quarantine.run(
        "cat-file",
        "--batch",
        given=b"".join(object_id + b"\n" for object_id in object_ids),
        output_bytes=limits.total_bytes + limits.notebooks_bytes + HEADER_BYTES * len(object_ids),
    )
    blobs, position = {}, 0
    for object_id in object_ids:
        end = output.index(b"\n", position)
        named, kind, size = output[position:end].split()
        if (named, kind) != (object_id, b"blob"):
            raise SourceError("The commit holds something where a file should be; check it with git fsck.")
        position = end + 1 + int(size) + 1
        blobs[object_id] = output[end + 1 : position - 1]
    return {path: blobs[entry.handle] for path, entry in kept.items()}


def _explain(failure: GitFailed, commit_id: str) -> SourceError | SourceUnavailable:
    """Return whose fault a failed git command is: the submission's, where git's words say so, else nobody's."""
    if any(sign in failure.words for sign in TOO_LARGE):
        return SourceError("The commit is too large to be fetched; remove data sets and other large files from it.")
    if any(sign in failure.words for sign in MALFORMED):
        return SourceError("The commit holds malformed objects and is not accepted; git fsck names them.")
    if any(sign in failure.words for sign in GONE):
        return CommitGone(
            f"The commit {commit_id} is not in the repository; a later push may have replaced it, so push again."
        )
    return SourceUnavailable(f"The commit could not be fetched; git said: '{failure.last_words}'.")
