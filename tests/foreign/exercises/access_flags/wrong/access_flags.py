import enum

LETTERS = "rwx"
DEFAULTS = ["r"]
OWNER = None
LIMITS = {"files": 10, "folders": 2}


class Access(enum.Flag):
    NONE = 0
    READ = 1
    WRITE = 2
    RUN = 4


def grant(*letters):
    access = Access.NONE
    for letter in letters:
        access |= Access(1 << LETTERS.index(letter))
    return access


def describe(access):
    return "".join(letter if access.value & place else "-" for place, letter in enumerate(LETTERS))
