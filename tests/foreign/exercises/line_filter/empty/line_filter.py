import os
import sys


def grep(pattern, lines, numbers=False):
    pass


def main(arguments):
    pass
