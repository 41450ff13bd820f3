"""What GitHub's answers mean: what may pass, and after how long; what we may not do; what it refuses for good.

Source: GitHub documentation, "Rate limits for the REST API" and "Best practices for using the REST API".
"""

import json
from datetime import UTC, datetime
from typing import Any

from course_admin.integrations.safe_http import Answer, retry_seconds
from grader.sanitize import clean

WORDS_BYTES = 500
SECONDARY_SECONDS = 60.0  # of a limit that does not say for how long
LONGEST_SECONDS = 3600.0  # both limits are over within an hour


class GitHubProblem(Exception):
    """GitHub did not do what we asked; the text is a sentence for staff."""


class TryLater(GitHubProblem):
    """It may do it later; `seconds`: for how long it asks to be left alone, 0 if it does not say.

    `is_limit`: everything that we ask for this installation is refused meanwhile.
    """

    def __init__(self, words: str, seconds: float = 0.0, *, is_limit: bool = False) -> None:
        super().__init__(words)
        self.seconds, self.is_limit = seconds, is_limit


class NotPermitted(GitHubProblem):
    """The App, or its installation, may not do this; its owners can change that."""


class Rejected(GitHubProblem):
    """It refuses this one thing, and always will; 404 is a thing that is not there, or that we may not see."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


def problem_of(answer: Answer, at: datetime) -> GitHubProblem:
    """Return what an answer that is no success means; at: now."""
    said = clean(f"GitHub answered {answer.status}: {_words(answer)}", WORDS_BYTES, 1)
    seconds = limit_seconds(answer, at)
    if seconds is not None:
        return TryLater(said, seconds, is_limit=True)
    if answer.status == 408 or answer.status >= 500:
        return TryLater(said, retry_seconds(answer.headers.get("retry-after", ""), at))
    if answer.status in (401, 403):
        return NotPermitted(said)
    return Rejected(said, answer.status)


def limit_seconds(answer: Answer, at: datetime) -> float | None:
    """Return for how long a rate limit, primary or secondary, asks us to wait; None if the answer is about no limit.

    A 403 that names no limit is about permissions, and passes with no time.
    """
    if answer.status not in (403, 429):
        return None
    after, reset = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-reset", "")
    if after:
        return min(retry_seconds(after, at) or SECONDARY_SECONDS, LONGEST_SECONDS)
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdecimal():
        left = (datetime.fromtimestamp(int(reset[:11]), UTC) - at).total_seconds()
        return min(max(left, 1.0), LONGEST_SECONDS)
    if answer.status == 429 or b"rate limit" in answer.body.lower():
        return SECONDARY_SECONDS
    return None


def parsed(answer: Answer) -> Any:
    """Return an answer's JSON; None for an empty one. Raises TryLater for what is none."""
    if not answer.body:
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise TryLater("GitHub's answer is not JSON.") from None


def _words(answer: Answer) -> str:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    message = said.get("message") if isinstance(said, dict) else None
    return message if isinstance(message, str) and message else "without a reason."
