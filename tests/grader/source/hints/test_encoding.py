"""A source file that Python cannot decode: its name, what it is saved as, and how it is mended."""

import pytest

from grader.source.hints.encoding import describe_encoding

TEXT = "class Tensor:\n    name = 'x'\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (TEXT.encode("utf-16"), "a.py is saved as UTF-16, which"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "a.py is saved as UTF-16, which"),
        (TEXT.encode("utf-16-le"), "a.py is saved as UTF-16, which"),
        (TEXT.encode("utf-16-be"), "a.py is saved as UTF-16, which"),
        (TEXT.encode("utf-32"), "a.py is saved as UTF-32, which"),
        (b"x = 1\n\0\n", "a.py, line 2, holds a NUL byte"),
        ("x = 1\ny = 'caf\u00e9'\n".encode("latin-1"), "a.py, line 2, is not UTF-8 (byte 0xe9)"),
    ],
)
def test_the_encoding_is_named(data: bytes, words: str):
    """Python itself says "null bytes" and names no file."""
    assert describe_encoding("a.py", data).startswith(words)


@pytest.mark.parametrize(
    "data", [b"", TEXT.encode(), TEXT.encode("utf-8-sig"), "# coding: latin-1\nx = '\u00e9'\n".encode("latin-1")]
)
def test_what_python_reads_is_not_mentioned(data: bytes):
    """A file that names its own encoding is read in it."""
    assert describe_encoding("a.py", data) == ""
