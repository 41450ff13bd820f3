"""The database backend: its files are 0600 before anything is written to them, and it sorts names as PostgreSQL does.

SQLite gives its side files the rights of the database's own file; so that one is made first, whatever the umask says.
Source: SQLite documentation, "Temporary Files Used By SQLite".
"""

import contextlib
import os
import stat
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.schema import DatabaseSchemaEditor

from course_admin.private_sqlite.names import NAMES, compare

MODE = 0o600
SIDE_FILES = ("", "-wal", "-shm", "-journal")


class SchemaEditor(DatabaseSchemaEditor):
    """Django's, which writes the name of a rule as it is; this one has hyphens, and is the same in PostgreSQL."""

    def _collate_sql(self, collation: str, *_of_others: object) -> str:
        return f"COLLATE {self.quote_name(collation)}"


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, which has the file made private first, and brings the order of names."""

    SchemaEditorClass = SchemaEditor

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect, to a file that only its owner can open."""
        name = str(conn_params["database"])
        if not (name == ":memory:" or name.startswith("file:")):
            make_private(Path(name))
        connection = super().get_new_connection(conn_params)
        connection.create_collation(NAMES, compare)
        return connection


def make_private(database: Path) -> None:
    """Make a database's file, empty, if there is none; take everybody else's rights from what is there.

    A file that is there is not opened: closing it would take the locks of every other connection of this process, and two
    writers at once destroy a database. Source: SQLite documentation, "How To Corrupt An SQLite Database File", section 2.2.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(database, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE))
    for suffix in SIDE_FILES:
        file = database.with_name(database.name + suffix)
        if file.exists() and file.stat().st_uid == os.geteuid() and stat.S_IMODE(file.stat().st_mode) != MODE:
            file.chmod(MODE)
