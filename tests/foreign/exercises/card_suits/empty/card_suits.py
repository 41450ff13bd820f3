import enum


class Suit(enum.Enum):
    CLUBS = "c"
    DIAMONDS = "d"
    HEARTS = "h"
    SPADES = "s"

    @property
    def is_red(self):
        pass


class Rank(enum.IntEnum):
    TWO = 2
    THREE = 3
    ACE = 14


class Card:
    def __init__(self, rank, suit):
        pass
