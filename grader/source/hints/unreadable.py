"""List the package's source files that the grading Python cannot read, each with the sentence that says why. Side: worker."""

from grader.source.hints.encoding import describe_encoding
from grader.source.hints.newer_python import find_newer_syntax, this_python
from grader.source.names import escape_name
from grader.source.notebooks.line_map import LineMap
from grader.source.tree import Tree

LISTED = 5


def list_unreadable(tree: Tree, package: str, lines: LineMap) -> tuple[str, ...]:
    """Return a sentence for each source file of `package` in a wrong encoding, or written for a newer Python."""
    found = []
    for file in tree.files:
        if not file.path.endswith(".py") or file.path.partition("/")[0].removesuffix(".py") != package:
            continue
        shown = escape_name(file.path)
        sentence = describe_encoding(shown, file.data)
        newer = None if sentence else find_newer_syntax(file.data.decode("utf-8-sig", "replace"))
        if newer:
            place = lines.locate(file.path, newer.line) or f"{shown}, line {newer.line}"
            sentence = (
                f"{place}, needs Python {newer.version} or newer ({newer.what}), but Python {this_python()} grades; "
                f"write it so that Python {this_python()} understands it."
            )
        if sentence:
            found.append(sentence)
    return tuple(found[:LISTED])
