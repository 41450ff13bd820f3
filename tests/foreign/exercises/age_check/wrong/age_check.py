class AgeError(ValueError):
    pass


def check_age(age):
    if age < 0:
        raise AgeError(f"{age} is not yet born")
    if age > 150:
        raise AgeError(f"{age} is too old")
    return "adult" if age > 18 else "minor"
