COMMANDS = {}
HISTORY = []


def command(name):
    pass


def run(state, line):
    pass


def undo():
    pass
