def accumulate(items, function):
    return [function(item) for item in items]


def foldl(function, items, value):
    for item in items:
        value = function(value, item)
    return value


def foldr(function, items, value):
    for item in reversed(items):
        value = function(item, value)
    return value
