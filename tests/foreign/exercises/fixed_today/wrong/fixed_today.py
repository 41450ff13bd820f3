from datetime import date, datetime


def days_until_weekend():
    return 6 - date.today().weekday()


def age(born):
    return date.today().year - born.year


def stamp():
    return datetime.now().strftime("%Y-%m-%d %H:%M")


def is_due(day):
    return day <= date.today()
