"""TOML that somebody uploads or types, read within bounds: what is nested without end is refused at once. Side: any."""

import re
import tomllib
from typing import Any

MOST_PARTS = 50  # of one key; Python's reader takes the square of their number
_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_.-]){_PART}(?:{_PART}){{{MOST_PARTS}}}")
NESTED = "its tables or lists are nested too deeply"


def read_toml(text: str) -> dict[str, Any]:
    """Return what a text holds. Raises ValueError, whose text says why, for what is no TOML, or far too much of it."""
    if _LONG_KEY.search(text):
        raise ValueError(NESTED)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError(NESTED) from None
