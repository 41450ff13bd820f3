#!/usr/bin/env python
"""Django's entry point: `python manage.py help` lists the commands, `python manage.py demo` shows the whole service."""

import sys


def main() -> None:
    """Run one management command, with the settings of production where there is a file of environment, else of development."""
    from course_admin.settings.choice import choose_settings

    choose_settings(by_hand=True)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
