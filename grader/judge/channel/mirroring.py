"""What is done before and after each request of a test: see `grader.judge.process.mirror`. Side: judge."""

from typing import Any, Protocol


class Mirror(Protocol):
    """One test's view of what it has changed in its own process; `connection` is the test's."""

    def before(self, connection: Any, operation: str, args: tuple[Any, ...]) -> None:
        """Have the candidate know what has been changed since the last request."""

    def after(self, connection: Any) -> None:
        """Bring what was printed, logged and written to where the test looks."""

    def is_redirected(self) -> bool:
        """Whether the test has a stream of its own in the place of standard output or error."""
