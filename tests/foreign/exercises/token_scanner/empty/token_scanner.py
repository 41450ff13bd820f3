import re


def tokens(text):
    pass


def evaluate(text):
    pass
