class AgeError(ValueError):
    pass


def check_age(age):
    pass
