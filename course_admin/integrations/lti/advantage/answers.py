"""What a platform's answers mean: the ones that may pass, the ones that somebody must mend, and refusals of one thing."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from course_admin.integrations.outbox.lms import WORDS_BYTES, LinkBroken, LmsProblem, Rejected, TemporaryFailure
from course_admin.integrations.safe_http import Answer, retry_seconds
from grader.sanitize import clean


class Refusal(Rejected):
    """A platform refuses one thing; `status` tells a line item that is gone from a score that is wrong."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


def problem_of(answer: Answer, at: datetime) -> LmsProblem:
    """Return what an answer that is no success means; `at`: now, for a date in Retry-After."""
    said = clean(f"The platform answered {answer.status}: {_words(answer)}", WORDS_BYTES)
    retry_after = answer.headers.get("retry-after", "")
    if answer.status == 401:
        return LinkBroken("The platform no longer takes our tokens: our key or our client ID may have changed there.")
    if 300 <= answer.status < 400:
        return LinkBroken(f"The platform answered {answer.status}: it sends us elsewhere, where no token goes.")
    throttled = answer.status == 403 and (retry_after or b"rate limit" in answer.body.lower())
    if throttled or answer.status in (408, 429) or answer.status >= 500:
        return TemporaryFailure(said, retry_seconds(retry_after, at))
    if answer.status == 403:
        return LinkBroken(f"{said} It no longer lets us do this in the course: its administrators can allow it.")
    return Refusal(said, answer.status)


def parsed(answer: Answer) -> Any:
    """Return an answer's JSON, numbers as they are written. Raises TemporaryFailure for what is none."""
    try:
        return json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise TemporaryFailure("The platform's answer is not JSON.") from None


def id_text(value: object) -> str:
    """Return an ID as launches have it, in text; in an answer a platform may write it as a number. Empty: there is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and len(value) <= 255 and value.isprintable() else ""


def _words(answer: Answer) -> str:
    """Return the platform's own words, as much as staff may want to read."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        for name in ("error_description", "message", "detail", "error", "reason", "title"):
            if isinstance(said.get(name), str):
                return said[name]
    return clean(answer.body[: 4 * WORDS_BYTES], WORDS_BYTES)
