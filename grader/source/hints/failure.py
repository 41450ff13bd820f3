"""Add to a test's message what its student cannot see: which imports there are, where the code runs, what is missing.

Side: worker. The message is read as text and never trusted: a hint says what holds for the submission whatever raised it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.source.hints.missing_file import describe_missing_files
from grader.source.names import escape_name
from grader.source.prepare import Prepared

NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]{1,200})'")
NO_FILE = "FileNotFoundError"
NOTHING_TO_READ = re.compile(r"\bEOFError\b")
KEYBOARD = (
    "input() found nothing to read: nobody types while work is graded. A call at the top level of a module runs whenever the "
    'module is imported; put such lines below if __name__ == "__main__":'
)
UNREADABLE = ("SyntaxError", "null bytes", "UnicodeDecodeError", "IndentationError")
WORKING_FOLDER = (
    "The working folder is not your submission's: open a file by its place beside your module, for example with "
    "pathlib.Path(__file__).parent, or do without it."
)


@dataclass(frozen=True, slots=True)
class Hints:
    """What holds for one submission under one suite."""

    packages: tuple[str, ...]
    allowed_imports: tuple[str, ...]
    missing: tuple[str, ...]  # a sentence for each required file that is not there
    unreadable: tuple[str, ...]  # a sentence for each source file that Python cannot read

    @classmethod
    def of(
        cls, prepared: Prepared, packages: Sequence[str], required_files: Sequence[str], allowed_imports: Sequence[str]
    ) -> "Hints":
        """Return the hints for a prepared submission."""
        missing = describe_missing_files(prepared.tree, required_files)
        return cls(tuple(packages), tuple(allowed_imports), tuple(missing), prepared.unreadable)

    def add_to(self, message: str) -> str:
        """Return a test's message with the hints that it calls for behind it."""
        hints: list[str] = []
        module = NO_MODULE.search(message)
        if module and module[1].partition(".")[0] in self.packages:
            hints += self.missing
        elif module:
            hints.append(self._imports(module[1]))
        if NO_FILE in message:
            hints.append(WORKING_FOLDER)
        if NOTHING_TO_READ.search(message):
            hints.append(KEYBOARD)
        if any(word in message for word in UNREADABLE):
            hints += self.unreadable
        return "\n".join([message, *hints])

    def _imports(self, module: str) -> str:
        allowed = ", ".join(["Python's standard library", *self.allowed_imports])
        return (
            f"What may be imported here: {allowed}, and your own package. Take the import of {escape_name(module)} out of "
            f"the code that is handed in; plots and experiments belong into a file or cell of their own."
        )
