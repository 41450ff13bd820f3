"""`python -m grader.sandbox.rootfs`: builds the boxes' file systems where they are missing, and prints where. Side: worker."""

import sys

from grader.sandbox.rootfs.locate import main

if __name__ == "__main__":
    sys.exit(main())
