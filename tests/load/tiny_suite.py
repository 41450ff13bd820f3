"""A suite of two tests, as files: what installations that are tested as a whole judge with."""

SUITE = {
    "suite.toml": 'title = "Tiny"\npackage = "tiny"\nmodules = ["tiny.core"]\n',
    "test_tiny.py": """
from gradescope_utils.autograder_utils.decorators import visibility, weight
from tiny.core import double


@weight(5)
def test_doubles():
    \"\"\"Doubling gives twice the number.\"\"\"
    assert double(4) == 8


@weight(3)
@visibility("hidden")
def test_doubles_negative_numbers():
    \"\"\"Doubling keeps the sign.\"\"\"
    assert double(-4) == -8
""",
}
