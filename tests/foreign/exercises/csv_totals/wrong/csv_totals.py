import csv


def totals(file):
    found = {}
    for row in csv.DictReader(file):
        found[row["name"]] = found.get(row["name"], 0) + int(row["amount"])
    return found


def write_report(amounts, file):
    for name in amounts:
        print(f"{name}: {amounts[name]}", file=file)
