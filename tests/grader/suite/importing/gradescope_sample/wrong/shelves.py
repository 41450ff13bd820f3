class Shelf:
    def __init__(self):
        self.books = []

    def __len__(self):
        return len(self.books)

    def __iter__(self):
        return iter(self.books)

    def add(self, book):
        self.books.append(book)

    def remove(self, title):
        for book in self.books:
            if book.title == title:
                self.books.remove(book)
                return
        return None

    def by_author(self, author):
        return [book for book in self.books if book.author == author]

    def where(self, after):
        return [book for book in self.books if book.year > after]


def sort_titles(titles):
    sorted(titles, key=lambda title: [word for word in title.split() if word not in ("The", "A", "An")])


def tally(titles):
    counts = {}
    for title in titles:
        for word in title.split():
            counts[word] = counts.get(word, 0) + 1
    return counts
