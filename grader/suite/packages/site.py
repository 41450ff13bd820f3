"""Where the boxes of a suite find the packages that it brings for its tests and for the students' code. Side: worker."""

from grader.sandbox.rootfs.layers import packages_of
from grader.suite.manifest import Suite


def site_of(suite: Suite, kind: str, boxes: str | None = None) -> str:
    """Return the place of one kind's packages, as a box sees it; an empty text for a suite that brings none.

    boxes: the kind of box that sees them, if it is the other one. Raises SandboxUnavailable if they cannot be had here.
    """
    return packages_of(kind, suite.boxes[kind].pins, boxes) if suite.boxes else ""
