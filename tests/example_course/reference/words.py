"""Counting words: the reference of the example course."""


def counts(text):
    """Return how often each word occurs, in small letters."""
    found = {}
    for word in text.lower().split():
        found[word] = found.get(word, 0) + 1
    return found


def longest(text):
    """Return the first of the longest words; raises ValueError if there is no word."""
    best = ""
    for word in text.split():
        if len(word) > len(best):
            best = word
    if not best:
        raise ValueError("there is no word in the text")
    return best
