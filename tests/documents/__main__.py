"""Write every document that is made from the code: `python -m tests.documents`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "course_admin.settings.test")
django.setup()

from tests.documents.made import DOCUMENTS  # noqa: E402 - models can be read once Django is set up

for path, make in DOCUMENTS.items():
    path.write_text(make(), encoding="utf-8")
