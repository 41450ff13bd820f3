"""`python -m grader.autograder FOLDER`: makes what every archive has of boxes beforehand, for an image that packs archives.

Side: worker.
"""

import sys
from pathlib import Path

from grader.autograder.archive import prepare
from grader.errors import SandboxUnavailable
from grader.sandbox.rootfs.locate import ensure_roots


def main(folder: Path) -> int:
    """Write into a new folder; exit 3 with one sentence if something is missing."""
    try:
        prepare(folder, ensure_roots())
    except SandboxUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
