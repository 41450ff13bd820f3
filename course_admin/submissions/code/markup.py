"""Lines of code as HTML, Python coloured by Pygments: the one place where a submission's files become markup.

Whatever the text is, the work is in proportion to its length. Pygments' patterns look ahead over white space, in a line and over
lines of nothing else, so that its time grows with the square of either: what it is given has neither long lines nor white lines.
"""

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer
from pygments.token import Token

from grader.sanitize import clean

COLOURED_CHARACTERS = 100_000
LINE_CHARACTERS = 500  # with one longer line a file stays uncoloured
ESCAPED_BYTES = 10  # of a character that is shown as an escape, at most
PREFIX = "t-"
#: What has a colour or a weight of its own (`.t-k` and so on in assay.css); everything else is plain text.
COLOURED = (
    Token.Comment,
    Token.Keyword,
    Token.String,
    Token.Number,
    Token.Name.Function,
    Token.Name.Decorator,
    Token.Name.Builtin,
)
_SAME = {Token.Operator.Word: Token.Keyword, Token.Name.Class: Token.Name.Function}


def visible(lines: Sequence[str]) -> list[str]:
    """Return lines with every control and invisible character as an escape."""
    text = "\n".join(lines)
    return clean(text, ESCAPED_BYTES * len(text) + ESCAPED_BYTES).split("\n")


def marked_up(lines: Sequence[str], *, is_python: bool) -> list[SafeString]:
    """Return the HTML of each line; the lines have been made visible."""
    if not is_python or sum(map(len, lines)) > COLOURED_CHARACTERS or max(map(len, lines)) > LINE_CHARACTERS:
        return [escape(line) for line in lines]
    text = "\n".join("" if line.isspace() else line for line in lines)
    html = StringIO()
    tokens = PythonLexer(stripnl=False).get_tokens(text)
    HtmlFormatter(nowrap=True, classprefix=PREFIX).format(_coarse(tokens), html)
    return [mark_safe(line) for line in html.getvalue().split("\n")[: len(lines)]]


def _coarse(tokens: Iterator[tuple[Any, str]]) -> Iterator[tuple[Any, str]]:
    """Leave of each token's kind what has a colour, so that a page has few elements."""
    for kind, text in tokens:
        merged = _SAME.get(kind, kind)
        yield next((each for each in COLOURED if merged in each), Token.Text), text
