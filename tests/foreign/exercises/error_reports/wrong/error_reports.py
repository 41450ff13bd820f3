class ParseError(Exception):
    def __init__(self, line):
        super().__init__(f"line {line} is not a number")
        self.line = line


def parse_line(text):
    name, value = text.split("=")
    return name.strip(), int(value)


def fail(number):
    raise ParseError(number)


def parse_lines(lines):
    found = {}
    for number, line in enumerate(lines):
        try:
            name, value = parse_line(line)
        except ValueError:
            fail(number)
        found[name] = value
    return found
