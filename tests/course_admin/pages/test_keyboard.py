"""By keyboard alone: whatever has the focus is seen, marked and not covered, and no change of a page takes it away."""

import pytest
from django.utils import timezone

from tests.factories import make_attempt, make_run
from tests.screenshots.pages import shots_of
from tests.screenshots.scene import make_scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (1280, 390)
MOST_STOPS = 250
#: The desk, the rubric, the wizard, and what students live on.
WALKED = (
    *("student-home", "student-report", "staff-desk", "staff-desk-attempt", "staff-failures", "staff-insights"),
    *(
        "staff-by-hand",
        "staff-by-hand-grade",
        "staff-by-hand-rubric",
        "staff-new-basics",
        "staff-new-dates",
        "staff-cell",
    ),
)
#: What has the focus, and what is wrong with how it looks; null where the page has been walked through.
STOP = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const box = here.getBoundingClientRect(), style = getComputedStyle(here), wrong = [];
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const isInside = box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight;
  if (!box.width || !box.height || !isInside) wrong.push("is not seen");
  if (!(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 1)) wrong.push("is not marked");
  const above = document.elementFromPoint(x, y);
  if (above && !here.contains(above) && !above.contains(here)) wrong.push(`is covered by ${above.outerHTML.slice(0, 80)}`);
  return [here.outerHTML.slice(0, 160), wrong];
}"""

#: Waits until what has the focus now is no part of the page any more.
REPLACED = """() => new Promise(done => {
  const before = document.activeElement, look = () => before.isConnected ? setTimeout(look, 20) : done();
  if (before === document.body) return done(); // nothing has it
  look();
})"""


def walk(browsing, shot, width: int) -> list[str]:
    """Press Tab from the beginning of a page to its end; return what is wrong on the way."""
    page = browsing.open(shot.url, shot.account)
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("document.activeElement.blur()")
    faults, stops = [], 0
    while stops < MOST_STOPS:
        page.keyboard.press("Tab")
        if (stop := page.evaluate(STOP)) is None:
            break
        stops += 1
        faults += [f"{shot.name} at {width}: {stop[0]} {each}" for each in stop[1]]
    page.close()
    if not 5 < stops < MOST_STOPS:
        faults.append(f"{shot.name} at {width}: {stops} stops")
    return faults


def test_whatever_has_the_focus_is_seen_and_marked(db):
    from tests.course_admin.pages.browsing import browse

    shots = [shot for shot in shots_of(make_scene(timezone.now())) if shot.name in WALKED]
    assert len(shots) == len(WALKED)
    assert (
        browse(lambda browsing: [fault for shot in shots for width in WIDTHS for fault in walk(browsing, shot, width)])
        == []
    )


def test_a_change_of_a_live_report_takes_neither_the_focus_nor_what_is_unfolded(world):
    """The place in the queue changes again and again while somebody goes for the button that cancels."""
    from tests.course_admin.pages.browsing import browse

    attempt = make_attempt(world.student, world.assignment)
    make_run(attempt)
    account, url = world.student.account, f"/attempts/{attempt.public_id}/"

    def visit(browsing) -> tuple[str, bool]:
        page = browsing.open(url, account)
        versions = iter(range(1_000))
        page.route("**/state/", lambda route: route.fulfill(json={"version": f"changed {next(versions)}"}))
        page.locator("#report details summary").first.click()
        page.get_by_role("button", name="Cancel grading").focus()
        for _ in range(2):
            page.evaluate(REPLACED)
        return page.evaluate("document.activeElement.textContent"), page.evaluate(
            "document.querySelector('#report details').open"
        )

    assert browse(visit) == ("Cancel grading", True)


def test_a_button_that_copies_is_as_it_was_however_often_one_clicks(world):
    """The words for screen readers had become visible, and a second click had left it saying what it did."""
    from tests.course_admin.pages.browsing import browse

    def visit(browsing) -> tuple[list[str], str]:
        page = browsing.open(f"/courses/{world.course.slug}/", world.student.account)
        page.evaluate("() => { window.kept = []; window.setTimeout = done => kept.push(done); }")
        button = page.locator("[data-copy]").first
        before, told = button.evaluate("it => it.innerHTML"), []
        for _ in range(2):
            button.evaluate("it => it.click()")
            page.wait_for_function("kept.length > 0")
            told.append(button.evaluate("it => it.innerHTML"))
        page.evaluate("() => kept.forEach(done => done())")
        return told, button.evaluate("it => it.innerHTML").replace(before, "as before")

    told, after = browse(visit)
    assert set(told) <= {"Copied", "Select the line and copy it"}
    assert after == "as before"
