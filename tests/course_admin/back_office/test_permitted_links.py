"""What a page of the back office shows of other rows: `course_admin/back_office/permitted_links.py`."""

import re

from course_admin.courses.models import Role
from course_admin.review.models import Comment
from tests.factories import NOW, make_attempt, make_enrollment, make_user

LINK = re.compile(r'<a href="(/admin/[a-z_]+/[a-z_]+)/\d+/change/"')


def test_a_row_is_a_link_for_who_may_open_it_and_a_name_for_everybody_else(client, world):
    lead = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    attempt = make_attempt(world.student, world.assignment)
    comment = Comment.objects.create(attempt=attempt, text="Nearly there!", author=lead, written_at=NOW)
    url = f"/admin/review/comment/{comment.pk}/change/"
    client.force_login(lead)
    page = client.get(url).content.decode()
    assert set(LINK.findall(page)) == {"/admin/submissions/attempt"}
    assert f'<div class="readonly">{lead}</div>' in page
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    assert set(LINK.findall(client.get(url).content.decode())) == {"/admin/submissions/attempt", "/admin/identity/user"}
