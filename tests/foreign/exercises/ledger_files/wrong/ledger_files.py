import csv


class Ledger(dict):
    def save(self, path):
        with open(path, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["what", "amount"])
            writer.writerows(self.items())

    def append_to(self, path):
        with open(path, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(self.items())


def read(path):
    with open(path, newline="") as file:
        return dict((row["what"], int(row["amount"])) for row in csv.DictReader(file))


def total(path):
    return sum(read(path).values())
