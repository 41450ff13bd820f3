"""`python -m grader COMMAND`: the command line of `grader.cli`, and nothing else. Side: worker."""

import sys

from grader.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
