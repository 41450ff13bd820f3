"""Read what has changed in a template: its files as they are, each with the contents that students' repositories may have of it."""

import base64
import binascii

from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.repositories.ledger import NotMade
from course_admin.integrations.github.starter_updates.changes import FOLDER, StarterFile
from course_admin.integrations.github.starter_updates.git_data import REGULAR, GitData, GitTree

COMMITS = 50  # of the template are looked through: a file of an older one counts as changed by its student
FILES, TOTAL_BYTES = 20, 1_000_000
NOTHING = "Nothing has changed in {template}: of its newest {count} commits all have the same files."


def read_template(template: GitData) -> dict[str, StarterFile]:
    """Return the files that changed or came since the oldest commit that is looked at. Raises NotMade or a GitHubProblem."""
    commits = template.newest_commits(template.default_branch(), COMMITS)
    trees = [template.tree(each) for each in commits]
    if not trees:
        raise NotMade(f"{template.full_name} has no commit.")
    newest, older = trees[0], trees[1:]
    changed: dict[str, set[str | None]] = {}
    for path, name in newest.names.items():
        versions = {tree.names.get(path) for tree in older}
        if name != FOLDER and newest.modes[path] in REGULAR and versions - {name}:
            changed[path] = versions
    if not changed:
        raise NotMade(NOTHING.format(template=template.full_name, count=len(trees)))
    if len(changed) > FILES:
        raise NotMade(f"{len(changed)} files have changed in {template.full_name}; at most {FILES} are sent at once.")
    files = {path: _file(template, newest, path, versions) for path, versions in changed.items()}
    try:
        size = sum(len(base64.b64decode(each.content, validate=True)) for each in files.values())
    except binascii.Error:
        raise BadPayload("The answer has no usable content.") from None
    if size > TOTAL_BYTES:
        raise NotMade(f"What has changed in {template.full_name} has {size} bytes; at most {TOTAL_BYTES} are sent.")
    return files


def _file(template: GitData, newest: GitTree, path: str, versions: set[str | None]) -> StarterFile:
    sha = newest.names[path]
    earlier = frozenset(each for each in versions if each and each not in (sha, FOLDER))
    return StarterFile(path, newest.modes[path], sha, earlier, None in versions, template.blob(sha))
