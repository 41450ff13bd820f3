"""Django's SQLite, in a file that nobody but the service's own user can open."""
