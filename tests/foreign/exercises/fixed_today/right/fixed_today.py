from datetime import date, datetime


def days_until_weekend():
    return max(0, 5 - date.today().weekday())


def age(born):
    today = date.today()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def stamp():
    return datetime.now().strftime("%Y-%m-%d %H:%M")


def is_due(day):
    return day < date.today()
