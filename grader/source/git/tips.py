"""Ask a repository which commits some of its branches hold, without fetching anything. Side: worker.

The address is judged and git is confined exactly as when a commit is staged. What git prints is a server's word: only
rows of a full commit id and a branch that was asked for count.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from grader.errors import SourceError
from grader.source.git.command import GitFailed, Quarantine
from grader.source.git.commit import SERVE_LOCAL
from grader.source.git.repository import COMMIT_ID, FetchPolicy, SourceUnavailable, judge_repository
from grader.source.limits import SourceLimits

BRANCH = "refs/heads/"
ANSWER_SECONDS = 15.0
ROWS_BYTES = 64 * 1024  # git matches the ends of names, so that a few rows of other branches are nothing unusual
PATTERN = frozenset("*?[\\")  # no branch has one of them in its name; to git they would mean many branches


def branch_tips(
    repository: str | os.PathLike[str],
    branches: Iterable[str],
    *,
    policy: FetchPolicy | None = None,
    token: str | None = None,
    limits: SourceLimits | None = None,
) -> dict[str, str]:
    """Return branch -> full commit id; a branch that is not there, or whose name no branch can have, is left out.

    repository, policy and token: as for `stage_commit`. Raises FetchNotAllowed if our settings forbid the address,
    SourceError if the answer is too long, SourceUnavailable (a fault, worth another try) if there was none in time.
    """
    limits, policy = limits or SourceLimits(wall_seconds=ANSWER_SECONDS), policy or FetchPolicy()
    judged = judge_repository(repository, policy)
    refs = {f"{BRANCH}{name}": name for name in branches if name.isprintable() and PATTERN.isdisjoint(name)}
    if not refs:
        return {}
    with tempfile.TemporaryDirectory(prefix="assay-ask-") as folder:
        try:
            listing = _list(Quarantine(Path(folder), judged, token, limits), judged.url, refs)
        except GitFailed as failure:
            raise SourceUnavailable(f"The branches could not be read; git said: '{failure.last_words}'.") from None
    return {refs[ref]: commit_id for commit_id, ref in map(_row, listing.splitlines()) if ref in refs}


def _list(quarantine: Quarantine, url: str, refs: Iterable[str]) -> bytes:
    serve = SERVE_LOCAL if url.startswith("file:") else "git-upload-pack"
    command = ("ls-remote", "--quiet", "--refs", "--heads", f"--upload-pack={serve}", "--", url, *refs)
    try:
        return quarantine.run(*command, output_bytes=ROWS_BYTES)
    except SourceError:
        raise SourceError("The repository has far too many branches whose names end alike; delete some.") from None


def _row(row: bytes) -> tuple[str, str]:
    """Read one row of `git ls-remote`: a commit id before a tab, the full name of a ref behind it."""
    commit_id, _, ref = row.decode("utf-8", "replace").partition("\t")
    if not COMMIT_ID.fullmatch(commit_id):
        raise SourceUnavailable("The host answered with something that is no list of branches.")
    return commit_id, ref
