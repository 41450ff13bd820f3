import re
from collections import Counter


def tally(text):
    return dict(Counter(re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower())))
