from datetime import date, datetime


def days_until_weekend():
    pass


def age(born):
    pass


def stamp():
    pass


def is_due(day):
    pass
