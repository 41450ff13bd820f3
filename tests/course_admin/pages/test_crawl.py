"""By links alone: what each role is shown opens, and every page for it is reached from where it begins."""

import re
from collections import Counter
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from course_admin.courses.models import Enrollment, Role
from tests.factories import make_enrollment
from tests.screenshots.pages import shots_of
from tests.screenshots.scene import make_scene

LINK = re.compile(r"""<a\s[^>]*?href="([^"]*)\"""")
MOST_OF_A_PAGE = 2  # addresses of one page: other rows and other choices of a filter are the same page
#: Reached by a mail, by an address that is typed, by a button, by an error, or from a course that has a learning platform, a
#: leaderboard, a template of repositories or pairs that are alike.
NOT_BY_LINKS = {"unsubscribe", "login", "set-up-course", "grades-there", "gradescope-autograder"}
NOT_BY_LINKS |= {"leaderboard", "my-repository", "starter-updates", "side-by-side"}


def crawl(account) -> tuple[dict[str, int], list[str]]:
    """Follow every link from the service's beginning; return how many addresses of each page were opened, and what failed."""
    client = Client()
    client.force_login(account)
    opened: Counter[str] = Counter()
    waiting, known, failed = [("/", "where one begins")], {"/"}, []
    while waiting:
        url, source = waiting.pop(0)
        name = resolve(urlsplit(url).path).view_name
        if opened[name] >= MOST_OF_A_PAGE:
            continue
        opened[name] += 1
        answer = client.get(url, follow=True)
        if answer.status_code != 200:
            failed.append(f"{url} from {source}: {answer.status_code}")
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        links = [urldefrag(urljoin(url, unescape(link)))[0] for link in LINK.findall(answer.content.decode())]
        own = [link for link in links if link.startswith("/") and not link.startswith("/static/")]
        if not own:
            failed.append(f"{url} leads nowhere")
        waiting += [(link, url) for link in dict.fromkeys(own) if link not in known]
        known |= set(own)
    return opened, failed


@pytest.mark.slow
def test_no_link_leads_to_a_closed_door_and_every_page_is_reached(db):
    scene = make_scene(timezone.now())
    people: dict[str, Enrollment] = {
        "student": scene.student,
        "instructor": scene.instructor,
        "ta": make_enrollment(scene.course, "a-ta", Role.TA),
        "head ta": make_enrollment(scene.course, "a-head-ta", Role.HEAD_TA),
        "observer": make_enrollment(scene.course, "an-observer", Role.OBSERVER),
    }
    crawls = {role: crawl(person.account) for role, person in people.items()}
    assert [f"{role}: {fault}" for role, (_, failed) in crawls.items() for fault in failed] == []
    missed = set()
    for shot in shots_of(scene):
        role = next((name for name in ("student", "instructor") if people[name].account == shot.account), None)
        name = resolve(urlsplit(shot.url).path).view_name if shot.name != "missing" else "login"
        if role and name not in NOT_BY_LINKS and not crawls[role][0][name]:
            missed.add((role, name))
    assert missed == set()
