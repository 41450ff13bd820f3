COMMANDS = {}
HISTORY = []


def command(name):
    def register(function):
        if name in COMMANDS:
            raise ValueError(f"{name} is a command already")
        COMMANDS[name] = function
        return function

    return register


def run(state, line):
    name, *words = line.split()
    if name not in COMMANDS:
        raise LookupError(f"no command is called {name!r}")
    HISTORY.append((state, line))
    return COMMANDS[name](state, *words)


def undo():
    state, _line = HISTORY.pop()
    return state
