COMMANDS = {}
HISTORY = []


def command(name):
    def register(function):
        COMMANDS[name] = lambda *args: function(*args)
        return function

    return register


def run(state, line):
    HISTORY.append((state, line))
    name, *words = line.split()
    return COMMANDS[name](state, *words)


def undo():
    return HISTORY.pop(0)[0]
