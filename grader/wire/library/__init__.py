"""Values of Python's own library that cross by value: the table of them, and how each is taken apart and made again. Side: any."""

from grader.wire.library.paths import CHECKS, ForeignPath
from grader.wire.library.table import KEYED, KINDS, VIEWS, dict_of, put_together, take_apart

__all__ = ["CHECKS", "KEYED", "KINDS", "VIEWS", "ForeignPath", "dict_of", "put_together", "take_apart"]
