import re
from collections import Counter


def tally(text):
    pass
