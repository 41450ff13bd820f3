"""docs/review-desk.md names every page of the desk."""

from django.urls import reverse

from course_admin.settings.env import ROOT


def test_every_page_of_the_desk_has_its_row():
    text = (ROOT / "docs" / "review-desk.md").read_text(encoding="utf-8")
    for name in ("submissions", "failures", "insights", "similarity"):
        assert f"`{reverse(name, args=['COURSE', 'SLUG']).removeprefix('/courses/COURSE/')}`" in text
    assert f"`{reverse('needs-eyes', args=['COURSE']).removeprefix('/courses/COURSE/')}`" in text
