"""`python -m tests.screenshots [--language=de] [NAME ...]`: pictures of every page at 1280 and 390 pixels, light and dark, in
var/screenshots/.

Needs Debian's chromium. Says of each page how tall it is and whether
anything scrolls sideways; exit status 1 if something does, or if the browser refused something by the content security policy.
"""

import os
import sys

import django


def main() -> int:
    """Take the pictures; return the exit status."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "course_admin.settings.test"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver has an event loop; nothing here runs on it
    django.setup()
    from tests.screenshots import take  # its models need the set-up

    return min(take.main(sys.argv[1:]), 1)


if __name__ == "__main__":
    sys.exit(main())
