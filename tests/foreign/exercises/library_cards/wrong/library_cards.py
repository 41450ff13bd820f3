LOANS = {}


class CardError(Exception):
    def __init__(self, title, card):
        super().__init__(f"{title} is lent to card {card.number}")
        self.title = title


class Card(int):
    @property
    def number(self):
        return int(self)


def lend(card, title):
    LOANS[title] = card


def returned(title):
    LOANS.pop(title)
