"""GitHub's Git data as an update needs it: trees, blobs, commits and branches of one repository, by our App's token.

Source: GitHub's REST description, "Git database" and "Pull requests".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.app.answers import Rejected
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.app.payload import member, number, text
from course_admin.integrations.github.repositories.ledger import NotMade
from course_admin.integrations.github.starter_updates.changes import FOLDER, StarterFile

_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
REGULAR = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class GitTree:
    """What a commit holds: git's name of it all, and of each path its name (or the word for a folder) and its mode."""

    sha: str
    names: dict[str, str]
    modes: dict[str, str]


class GitData:
    """One repository. Every method raises a GitHubProblem, BadPayload, or NotMade."""

    def __init__(self, hub: GitHub, access: Access, full_name: str) -> None:
        self._hub, self._access, self.full_name = hub, access, full_name

    def default_branch(self) -> str:
        """Return the branch that is shown first."""
        return text(self.ask("GET", ""), "default_branch", "default_branch")

    def newest_commits(self, branch: str, most: int) -> list[str]:
        """Return a branch's commits, the newest first."""
        told = self.ask("GET", f"/commits?sha={quote(branch, safe='')}&per_page={most}")
        return [_sha(each) for each in told] if isinstance(told, list) else []

    def branch_tip(self, branch: str) -> str | None:
        """Return the commit of a branch; None if there is no such branch."""
        try:
            return _sha(member(self.ask("GET", f"/git/ref/heads/{quote(branch)}"), "object"))
        except Rejected as problem:
            if problem.status not in (404, 409):  # 409: of a repository without a commit
                raise
            return None

    def tree(self, commit: str) -> GitTree:
        """Return what a commit holds."""
        told = self.ask("GET", f"/git/trees/{commit}?recursive=1")
        rows = told.get("tree") if isinstance(told, dict) else None
        if not isinstance(rows, list):
            raise BadPayload("The answer has no usable tree.")
        if told.get("truncated"):
            raise NotMade(f"{self.full_name} has more files than GitHub lists at once.")
        names: dict[str, str] = {}
        modes: dict[str, str] = {}
        for row in rows:
            path = str(member({"row": row}, "row").get("path", ""))
            names[path] = FOLDER if row.get("type") == FOLDER else _sha(row)
            modes[path] = str(row.get("mode", ""))
        return GitTree(_sha(told), names, modes)

    def blob(self, sha: str) -> str:
        """Return a file's content, in base64."""
        told = self.ask("GET", f"/git/blobs/{sha}")
        content = told.get("content") if isinstance(told, dict) and told.get("encoding") == "base64" else None
        if not isinstance(content, str):
            raise BadPayload("The answer has no usable content.")
        return "".join(content.split())

    def commit(self, files: Sequence[StarterFile], onto: GitTree, parent: str, message: str) -> str:
        """Make a commit of a tree with some files in place of its own, on no branch yet; return its name."""
        entries = []
        for each in files:
            made = self.ask("POST", "/git/blobs", {"content": each.content, "encoding": "base64"})
            entries.append({"path": each.path, "mode": each.mode, "type": "blob", "sha": _sha(made)})
        tree = _sha(self.ask("POST", "/git/trees", {"base_tree": onto.sha, "tree": entries}))
        told = {"message": message, "tree": tree, "parents": [parent]}
        return _sha(self.ask("POST", "/git/commits", told))

    def make_branch(self, branch: str, commit: str) -> None:
        """Make a branch."""
        self.ask("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": commit})

    def pull_request(self, branch: str) -> int | None:
        """Return the number of a branch's pull request, whatever became of it; None if it never had one."""
        owner = self.full_name.partition("/")[0]
        told = self.ask("GET", f"/pulls?state=all&head={quote(f'{owner}:{branch}', safe='')}")
        return number(told[0], "number", "number") if isinstance(told, list) and told else None

    def open_pull_request(self, *, branch: str, onto: str, title: str, body: str) -> int:
        """Open a pull request and return its number."""
        told = {"title": title, "head": branch, "base": onto, "body": body}
        return number(member(self.ask("POST", "/pulls", told)), "number", "number")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask for something of the repository."""
        return self._hub.as_installation(self._access, method, f"/repos/{quote(self.full_name)}{path}", body)


def _sha(told: Any) -> str:
    value = told.get("sha") if isinstance(told, dict) else None
    if not isinstance(value, str) or not _SHA.fullmatch(value):
        raise BadPayload("The answer has no usable sha.")
    return value
