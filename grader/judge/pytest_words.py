"""What pytest says of an expected exception, in words for students: no class objects, no patterns. Side: judge."""

import re

_NOT_RAISED = re.compile(r"DID NOT RAISE (?:any of )?\(?(?P<kinds>.+?)\)?")
_OTHER_TEXT = re.compile(
    r"Regex pattern did not match\.\s+Expected regex: (?P<pattern>.*)\s+Actual message: (?P<text>.*)", re.DOTALL
)


def in_plain_words(text: str) -> str:
    """Return pytest's own sentence about `pytest.raises` as one that tells what to do; any other text as it is."""
    if found := _NOT_RAISED.fullmatch(text):
        kinds = found["kinds"].replace(", ", " or ")
        return f"Your code accepted this; it should raise {kinds}."
    if found := _OTHER_TEXT.match(text):
        wanted = max(re.split(r"\\.|[^\w '\"≠]+", found["pattern"][1:-1]), key=len).strip()
        return f"The error is of the right kind, and its text should contain {wanted!r}.\n  got:       {found['text']}"
    return text
