import enum

LETTERS = None
DEFAULTS = None
OWNER = None
LIMITS = None


class Access(enum.Flag):
    NONE = 0
    READ = 1
    WRITE = 2
    RUN = 4


def grant(*letters):
    pass


def describe(access):
    pass
