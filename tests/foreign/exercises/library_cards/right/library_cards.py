LOANS = {}


class CardError(Exception):
    def __init__(self, title, card):
        super().__init__(f"{title} is lent to card {card.number}")
        self.title = title


class Card:
    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return isinstance(other, Card) and self.number == other.number

    def __hash__(self):
        return hash(self.number)


def lend(card, title):
    if title in LOANS:
        raise CardError(title, LOANS[title])
    LOANS[title] = card


def returned(title):
    del LOANS[title]
