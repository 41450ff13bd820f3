"""Git's objects, branches and pull requests of the GitHub of our own: content is named as git names it."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from werkzeug import Request, Response

from tests.course_admin.integrations.github.fake_github import NAME, FakeGitHub, given, is_too_much, said


def blob_sha(content: bytes) -> str:
    """Return git's name of a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class FakeGit:
    """What all repositories hold: contents, trees and commits by their names, branches and pull requests by repository."""

    hub: FakeGitHub
    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)  # path to mode and blob
    commits: dict[str, tuple[str, list[str]]] = field(default_factory=dict)  # tree and parents
    branches: dict[str, dict[str, str]] = field(default_factory=dict)
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    truncated: bool = False

    def __post_init__(self) -> None:
        """Answer for them."""
        answers = {
            "GET": {"commits": self._log, "git/ref/heads/(.+)": self._ref, "git/trees/(.+)": self._tree},
            "POST": {"git/blobs": self._make_blob, "git/trees": self._make_tree, "git/commits": self._make_commit},
        }
        answers["GET"] |= {"git/blobs/(.+)": self._blob, "pulls": self._list_pulls}
        answers["POST"] |= {"git/refs": self._make_ref, "pulls": self._make_pull}
        for method, rows in answers.items():
            for path, handler in rows.items():
                schema = f"post /repos/{{owner}}/{{repo}}/{path}" if method == "POST" else ""
                self.hub.routes.append((f"{method} /repos/{NAME}/{path}", schema, handler))

    def push(self, full_name: str, files: dict[str, bytes], branch: str = "main") -> str:
        """Let a branch hold some files and nothing else, as a new commit."""
        entries = {}
        for path, content in files.items():
            self.blobs[blob_sha(content)] = content
            entries[path] = ("100644", blob_sha(content))
        there = self.branches.setdefault(full_name.lower(), {})
        parents = [there[branch]] if branch in there else []
        there[branch] = self._commit(self._keep(entries), parents)
        return there[branch]

    def files(self, full_name: str, branch: str) -> dict[str, bytes]:
        """Return what a branch holds."""
        tree = self.trees[self.commits[self.branches[full_name.lower()][branch]][0]]
        return {path: self.blobs[sha] for path, (_, sha) in tree.items()}

    def _keep(self, entries: dict[str, tuple[str, str]]) -> str:
        sha = hashlib.sha1(json.dumps(sorted(entries.items())).encode()).hexdigest()
        self.trees[sha] = entries
        return sha

    def _commit(self, tree: str, parents: list[str]) -> str:
        sha = hashlib.sha1(f"{tree} {parents} {len(self.commits)}".encode()).hexdigest()
        self.commits[sha] = tree, parents
        return sha

    def _may(self, request: Request, permission: str, level: str, owner: str, name: str) -> Response | None:
        there = self.hub.repositories.get(f"{owner}/{name}".lower())
        if refusal := self.hub.may(request, permission, level, there["id"] if there else None):
            return refusal
        if there is None:
            return said(404, "Not Found")
        if level == "write" and there.get("archived"):
            return said(403, "Repository was archived so is read-only.")
        return is_too_much(self.hub) if level == "write" else None

    def _log(self, hub: FakeGitHub, request: Request, _body: object, owner: str, name: str) -> Response:
        commit = self.branches.get(f"{owner}/{name}".lower(), {}).get(request.args["sha"], "")
        found = []
        while commit:
            found.append({"sha": commit})
            commit = (*self.commits[commit][1], "")[0]
        return self._may(request, "contents", "read", owner, name) or given(200, found[: int(request.args["per_page"])])

    def _ref(self, hub: FakeGitHub, request: Request, _body: object, owner: str, name: str, branch: str) -> Response:
        if refusal := self._may(request, "contents", "read", owner, name):
            return refusal
        commit = self.branches.get(f"{owner}/{name}".lower(), {}).get(branch)
        return given(200, {"object": {"sha": commit, "type": "commit"}}) if commit else said(404, "Not Found")

    def _tree(self, hub: FakeGitHub, request: Request, _body: object, owner: str, name: str, sha: str) -> Response:
        if refusal := self._may(request, "contents", "read", owner, name):
            return refusal
        tree = self.commits[sha][0]
        rows = [
            {"path": path, "mode": mode, "type": "blob", "sha": blob} for path, (mode, blob) in self.trees[tree].items()
        ]
        folders = {path.rpartition("/")[0] for path in self.trees[tree] if "/" in path}
        rows += [{"path": path, "mode": "040000", "type": "tree", "sha": "0" * 40} for path in folders]
        return given(200, {"sha": tree, "tree": rows, "truncated": self.truncated})

    def _blob(self, hub: FakeGitHub, request: Request, _body: object, owner: str, name: str, sha: str) -> Response:
        content = base64.encodebytes(self.blobs[sha]).decode()
        told = {"sha": sha, "encoding": "base64", "content": content}
        return self._may(request, "contents", "read", owner, name) or given(200, told)

    def _make_blob(self, hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str) -> Response:
        if refusal := self._may(request, "contents", "write", owner, name):
            return refusal
        content = base64.b64decode(body["content"], validate=True)
        self.blobs[blob_sha(content)] = content
        return given(201, {"sha": blob_sha(content)})

    def _make_tree(self, hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str) -> Response:
        if refusal := self._may(request, "contents", "write", owner, name):
            return refusal
        entries = dict(self.trees[body["base_tree"]])
        for each in body["tree"]:
            assert each["sha"] in self.blobs
            entries[each["path"]] = (each["mode"], each["sha"])
        return given(201, {"sha": self._keep(entries)})

    def _make_commit(self, hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str) -> Response:
        if refusal := self._may(request, "contents", "write", owner, name):
            return refusal
        return given(201, {"sha": self._commit(body["tree"], body["parents"])})

    def _make_ref(self, hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str) -> Response:
        if refusal := self._may(request, "contents", "write", owner, name):
            return refusal
        there, branch = self.branches[f"{owner}/{name}".lower()], body["ref"].removeprefix("refs/heads/")
        if branch in there:
            return said(422, "Reference already exists")
        there[branch] = body["sha"]
        return given(201, {"ref": body["ref"]})

    def _list_pulls(self, hub: FakeGitHub, request: Request, _body: object, owner: str, name: str) -> Response:
        wanted = request.args["head"].partition(":")[2]
        assert request.args["state"] == "all"
        rows = [each for each in self.pulls.get(f"{owner}/{name}".lower(), []) if each["head"] == wanted]
        return self._may(request, "pull_requests", "read", owner, name) or given(200, rows)

    def _make_pull(self, hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str) -> Response:
        if refusal := self._may(request, "pull_requests", "write", owner, name):
            return refusal
        rows = self.pulls.setdefault(f"{owner}/{name}".lower(), [])
        if any(each["head"] == body["head"] for each in rows):
            return said(422, "Validation Failed: A pull request already exists")
        rows.append({"number": len(rows) + 1, **body})
        return given(201, rows[-1])
