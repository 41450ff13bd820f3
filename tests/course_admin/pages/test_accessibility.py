"""Every page in a browser: no violation of axe-core's rules, light, dark and at a telephone's width; nothing that it refuses."""

from importlib.resources import files

import pytest
from django.utils import timezone

from tests.drawing import drawn
from tests.factories import make_user
from tests.screenshots.pages import shots_of
from tests.screenshots.scene import make_scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Each commit looks at one in so many pages: tables and forms of the back office are made by the same few templates.
OF_OURS, OF_ADMIN = 2, 6
NARROW = {"width": 390, "height": 800}
#: A report with five failing groups, folded: so tall at most, 70 more in German; and where its first failure begins.
REPORT, REPORT_HEIGHT, FIRST_FAILURE = "student-report", 1_930, 600
PLACES = "[document.documentElement.scrollHeight, document.querySelector('details.lost')?.getBoundingClientRect().top]"
RUN = "options => axe.run(document, options).then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
#: A change of the width has reached the page's script, and no colour is on its way to another.
SETTLED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(
    () => Promise.all(document.getAnimations().filter(each => each instanceof CSSTransition).map(each => each.finished)))"""
WHOLE = {"resultTypes": ["violations"]}
#: Dark differs in colours alone, a telephone's width in all but them.
COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
REST = {"rules": {"color-contrast": {"enabled": False}}, "resultTypes": ["violations"]}


def faults_of(browsing, shot, axe: str) -> list[tuple]:
    """Return what is wrong with one page."""
    said: list[str] = []
    page = browsing.open(shot.url, shot.account, said.append)
    page.evaluate(axe)
    found = [("light", *each) for each in page.evaluate(RUN, WHOLE)]
    page.emulate_media(color_scheme="dark")
    page.evaluate(SETTLED)
    found += [("dark", *each) for each in page.evaluate(RUN, COLOURS)]
    page.set_viewport_size(NARROW)
    page.evaluate(SETTLED)
    found += [("narrow", *each) for each in page.evaluate(RUN, REST)]
    if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"] and not shot.url.startswith("/admin/"):
        found.append(("narrow", "scrolls sideways"))
    if shot.name == REPORT:
        height, first = page.evaluate(PLACES)
        found += [("narrow", "is too long", height)] if height > REPORT_HEIGHT or first > FIRST_FAILURE else []
    page.close()
    if shot.url.startswith(
        "/admin/"
    ):  # where a script of Django's sets a style, which the policy refuses, and nobody misses
        return found
    return found + [("refused", text) for text in said if "Security Policy" in text]


def looked_at(shots: list) -> list:
    """Return the report, and of our own other pages and of the back office's those that are drawn for this commit."""
    admins = [shot for shot in shots if shot.url.startswith("/admin/")]
    own = [shot for shot in shots if shot not in admins and shot.name != REPORT]
    chosen = [*drawn(own, OF_OURS), *drawn(admins, OF_ADMIN)]
    return [shot for shot in shots if shot.name == REPORT or shot in chosen]


def test_no_page_has_a_violation_light_dark_or_on_a_telephone(db):
    from tests.course_admin.pages.browsing import browse

    scene = make_scene(timezone.now())
    axe = (files("axe_playwright_python") / "axe.min.js").read_text()
    shots = looked_at(shots_of(scene))
    faults = browse(lambda browsing: {shot.name: faults_of(browsing, shot, axe) for shot in shots})
    assert [f"{name}: {fault}"[:200] for name, found in faults.items() for fault in found] == []


def test_fields_that_a_script_draws_in_the_back_office_have_names_in_forms_in_rows_and_opened(world):
    from tests.course_admin.pages.browsing import browse

    axe = (files("axe_playwright_python") / "axe.min.js").read_text()
    account = make_user("root", is_superuser=True, is_staff=True)

    def visit(browsing) -> tuple[list, list[str]]:
        page = browsing.open("/admin/courses/group/add/", account)
        page.get_by_role("combobox", name="Course").click()
        names = [page.get_by_role("searchbox", name="Course").count()]
        page.click(".add-row a")
        page.get_by_role("combobox", name="Student").click()
        names.append(page.get_by_role("searchbox", name="Student").count())
        page.evaluate(axe)
        return page.evaluate(RUN, WHOLE), names

    assert browse(visit) == ([], [1, 1])


@pytest.mark.parametrize(
    ("zone", "shown"), [("America/New_York", "by your clock, America/New_York)"), ("Europe/Vienna", "")]
)
def test_a_viewer_elsewhere_reads_their_own_clock_as_well(client, world, zone, shown):
    from tests.course_admin.pages.browsing import browse

    world.course.time_zone = "Europe/Berlin"
    world.course.save()
    world.assignment.due_at = timezone.now()
    world.assignment.save()
    account, url = world.student.account, f"/courses/{world.course.slug}/"
    text = browse(lambda browsing: browsing.open(url, account).inner_text("main"), zone)
    assert "due" in text
    assert (shown in text) if shown else ("by your clock" not in text)
