"""What a page of the back office shows and does not ask for: another row as a link where the viewer may open that, and its name
alone elsewhere; a time by the clock of the row's course.

Django makes every row a link to its own page, whoever looks, and shows times by the server's clock.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.helpers import AdminReadonlyField
from django.db.models import Model

from course_admin.back_office.course_times import is_of_moments, said
from course_admin.policy import Right, Standing, may_in_table


class PermittedLink(AdminReadonlyField):
    """A field that is shown only; `viewer`: whose rights decide whether it is a link."""

    viewer: Standing

    def contents(self) -> str:
        """Return what is shown."""
        name: Any = self.field["field"]
        row = self.form.instance
        moment = getattr(row, name) if is_of_moments(type(row), name) else None
        return super().contents() if moment is None else said(moment, row)

    def get_admin_url(self, remote_field: Any, remote_obj: Model) -> str:
        """Return another row's name, as a link where the viewer may look at its table."""
        may_look = may_in_table(self.viewer, Right.VIEW, remote_field.model)
        return super().get_admin_url(remote_field, remote_obj) if may_look else str(remote_obj)


class Permitted:
    """A form of Django's pages, a part of one or a line of one, whose fields are links by the policy."""

    def __init__(self, shown: Any, viewer: Standing) -> None:
        self._shown, self._viewer = shown, viewer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)

    def __iter__(self) -> Iterator[Any]:
        for part in self._shown:
            if isinstance(part, AdminReadonlyField):
                field = PermittedLink(part.form, part.field["field"], part.is_first, part.model_admin)
                field.viewer = self._viewer
                yield field
            else:
                yield Permitted(part, self._viewer) if hasattr(part, "__iter__") else part
