class NotLent(Exception):
    pass


class Book:
    def __init__(self, title, author, year):
        pass
