def flatten(nested):
    found = []
    for item in nested:
        if isinstance(item, list):
            found += flatten(item)
        elif item is not None:
            found.append(item)
    return found


def depth(nested):
    return 1 + max((depth(item) for item in nested if isinstance(item, list)), default=0)
