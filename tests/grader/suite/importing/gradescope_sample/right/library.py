class NotLent(Exception):
    pass


class Book:
    def __init__(self, title, author, year):
        self.title = title
        self.author = author
        self.year = year
        self.reader = None

    def __str__(self):
        return f"{self.title} ({self.year})"

    def age_in(self, year):
        return year - self.year

    @property
    def is_lent(self):
        return self.reader is not None

    def lend(self, reader):
        if self.is_lent:
            raise ValueError(f"{self.title} is lent to {self.reader}")
        self.reader = reader

    def give_back(self):
        if not self.is_lent:
            raise NotLent(self.title)
        self.reader = None
