class ParseError(Exception):
    def __init__(self, line):
        super().__init__(f"line {line} is not a number")
        self.line = line


def parse_line(text):
    name, _, value = text.partition("=")
    return name.strip(), int(value)


def parse_lines(lines):
    found = {}
    for number, line in enumerate(lines, 1):
        try:
            name, value = parse_line(line)
        except ValueError as problem:
            raise ParseError(number) from problem
        found[name] = value
    return found
