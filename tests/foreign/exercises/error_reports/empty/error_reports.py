class ParseError(Exception):
    pass


def parse_line(text):
    pass


def parse_lines(lines):
    pass
