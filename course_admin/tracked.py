"""Tracked: a row that knows what it held when it was read, so that a change is told from a stale value."""

from collections.abc import Collection, Sequence
from typing import Any, Self

from django.db import models


class Tracked(models.Model):
    """Base of the tables whose changes are audited: `loaded` is what the database held when this object last met it."""

    class Meta:
        abstract = True

    @property
    def loaded(self) -> dict[str, Any]:
        """The values of the columns, by attribute; empty for an object that was never stored."""
        return self.__dict__.get("_loaded", {})

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Sequence[Any]) -> Self:
        """Make an object of a row, and note what the row held."""
        thing = super().from_db(db, field_names, values)
        thing._note(field_names)
        return thing

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read the row again, and note what it holds."""
        super().refresh_from_db(*args, **kwargs)
        self._note(self._stored_names())

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row, and note what it holds."""
        super().save(*args, **kwargs)
        self._note(self._stored_names())

    def _stored_names(self) -> list[str]:
        return [each.attname for each in self._meta.concrete_fields if each.attname in self.__dict__]

    def _note(self, names: Collection[str]) -> None:
        self.__dict__["_loaded"] = {name: self.__dict__[name] for name in names if name in self.__dict__}
