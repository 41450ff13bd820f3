"""The one exception of reading notebooks, so that whatever one holds costs no other notebook anything. Side: worker."""


class NotebookProblem(Exception):
    """A notebook cannot be read; the text completes "The notebook X "."""
