"""Assignment and Grade Services: a line item's maximum, its results, and one score at a time.

A score that may or may not have arrived is looked for before it is sent again, so that it is sent as few times as the faults
allow. Times of scores have sub-seconds and only ever grow. Source: 1EdTech Assignment and Grade Services 2.0, sections 3.2 to
3.4; Canvas documentation, "Score" (every score is a new submission there unless it says otherwise).
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from course_admin.integrations.lti.advantage.answers import Refusal, id_text, parsed
from course_admin.integrations.lti.advantage.client import GRADES_SCOPE, TRIES, PlatformClient
from course_admin.integrations.outbox.lms import (
    NotPoints,
    Shown,
    TemporaryFailure,
    as_ours,
    bounded,
    number_of,
    points_shown,
    rounded,
)

LINE_ITEM, RESULTS, SCORE = (f"{GRADES_SCOPE}{name}" for name in ("lineitem.readonly", "result.readonly", "score"))
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
CANVAS = "https://canvas.instructure.com/lti/submission"
PER_PAGE = 200


class Grades:
    """The grades of a platform's line items, which are named by their addresses."""

    def __init__(self, client: PlatformClient) -> None:
        self._client = client
        self._maxima: dict[str, Decimal | None] = {}
        self._last = datetime.min.replace(tzinfo=UTC)

    def maximum(self, line_item: str) -> Decimal | None:
        """Return how many points a line item is out of; None if it has no number."""
        if line_item not in self._maxima:
            said = parsed(self._client.get(line_item, LINE_ITEM, LINE_ITEM_TYPE))
            if not isinstance(said, dict):
                raise TemporaryFailure("The platform's answer about its line item has an unexpected shape.")
            self._maxima[line_item] = number_of(said.get("scoreMaximum"))
        return self._maxima[line_item]

    def is_gone(self, line_item: str) -> bool:
        """Say whether the platform no longer has a line item, by asking it now."""
        try:
            self._client.get(line_item, LINE_ITEM, LINE_ITEM_TYPE)
        except Refusal as problem:
            return problem.status == 404
        return False

    def results(self, line_item: str, subject: str = "") -> dict[str, Shown]:
        """Return the points of each person that a line item shows, or of one; None: no grade."""
        whose = f"user_id={quote(subject, safe='')}" if subject else f"limit={PER_PAGE}"
        found: dict[str, Shown] = {}
        for page in self._client.pages(below(line_item, "results", whose), RESULTS, RESULTS_TYPE):
            if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
                raise TemporaryFailure("The platform answered with something that is no list of results.")
            for row in page:
                if whom := id_text(row.get("userId")):
                    found[whom] = self._points(row, line_item)
        return found

    def _points(self, row: dict[str, Any], line_item: str) -> Shown:
        """Return a result in the line item's own points: it may be out of another maximum, 1 unless it says."""
        score = points_shown(row.get("resultScore"))
        if not isinstance(score, Decimal):
            return score
        said = row.get("resultMaximum")
        out_of, maximum = number_of(1 if said is None else said), self.maximum(line_item)
        if out_of is None or out_of <= 0:
            return NotPoints.UNREADABLE
        return score if maximum is None or out_of == maximum else bounded(score * maximum / out_of)

    def send(self, line_item: str, subject: str, points: Decimal, comment: str) -> None:
        """Have a line item show somebody's points. Raises Rejected for a score that is not taken, by name."""
        problem: TemporaryFailure | None = None
        for tries in range(TRIES):
            try:
                if problem is not None:
                    self._client.pause(tries, problem)
                    if self._is_there(line_item, subject, points):
                        return
                score = self._score(subject, points, comment, line_item)
                self._client.post_once(below(line_item, "scores"), SCORE, SCORE_TYPE, score)
                return
            except TemporaryFailure as failure:
                problem = failure
        raise problem if problem is not None else TemporaryFailure("The platform was not asked.")

    def _is_there(self, line_item: str, subject: str, points: Decimal) -> bool:
        """Say whether a line item shows somebody's points, which it may keep as a percentage."""
        shown = rounded(self.results(line_item, subject).get(subject))
        if shown is None or shown == points:
            return shown == points
        maximum = self.maximum(line_item)
        return maximum is not None and as_ours(shown, (points,), maximum) == points

    def _score(self, subject: str, points: Decimal, comment: str, line_item: str) -> dict[str, Any]:
        return {
            "userId": subject,
            "scoreGiven": points,
            "scoreMaximum": self.maximum(line_item),
            "comment": comment,
            "timestamp": self._stamp(),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            CANVAS: {"new_submission": False},
        }

    def _stamp(self) -> str:
        """Return now, later than whatever was returned before: a platform leaves out what is not newer."""
        self._last = max(self._client.now().astimezone(UTC), self._last + timedelta(milliseconds=1))
        return self._last.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def below(line_item: str, what: str, query: str = "") -> str:
    """Return the address of a line item's scores or results: at the end of its path, before its query."""
    scheme, place, path, own, _ = urlsplit(line_item)
    return urlunsplit((scheme, place, f"{path.rstrip('/')}/{what}", "&".join(filter(None, (own, query))), ""))
