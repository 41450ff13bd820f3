"""The back office's first page leads administrators to what has no table of its own, and nobody else."""

import pytest

from course_admin.courses.models import Role
from tests.factories import make_course, make_enrollment, make_user


@pytest.mark.medium
@pytest.mark.django_db
def test_administrators_find_learning_platforms(client):
    client.force_login(make_user(is_superuser=True, is_staff=True))
    page = client.get("/admin/").content.decode()
    assert "/lti/platforms/" in page
    assert client.get("/lti/platforms/").status_code == 200
    client.force_login(make_enrollment(make_course(), "ines", Role.INSTRUCTOR).account)
    assert "/lti/platforms/" not in client.get("/admin/").content.decode()
