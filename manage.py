#!/usr/bin/env python
"""Django's entry point: `python manage.py help` lists the commands, `python manage.py demo` shows the whole service."""

import os
import sys


def main() -> None:
    """Run one management command, with the development settings unless the environment names others."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "course_admin.settings.dev")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
