"""Names in addresses: what cannot be a name is no address, and never reaches the database.

Importing this file registers them.
"""

from django.urls import register_converter
from django.urls.converters import StringConverter


class AttemptName(StringConverter):
    """An attempt's public id."""

    regex = "att_[2-9A-HJKMNP-TV-Z]{16}"


class UploadName(StringConverter):
    """An upload's public id."""

    regex = "upl_[2-9A-HJKMNP-TV-Z]{16}"


class RunName(StringConverter):
    """A run's public id."""

    regex = "run_[0-9a-f]{24}"


class Sha256(StringConverter):
    """An archive's name."""

    regex = "[0-9a-f]{64}"


register_converter(AttemptName, "attempt")
register_converter(UploadName, "upload")
register_converter(RunName, "run")
register_converter(Sha256, "sha256")
