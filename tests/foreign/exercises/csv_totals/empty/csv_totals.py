import csv


def totals(file):
    pass


def write_report(amounts, file):
    pass
