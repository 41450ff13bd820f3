import re


def tokens(text):
    left = re.sub(r"\d+|[-+*/()\s]", "", text)
    if left:
        raise SyntaxError(f"unknown sign {left[0]}")
    return re.findall(r"\d+|[-+*/()]", text)


def evaluate(text):
    waiting = tokens(text)
    return _sum(waiting)


def _next(waiting):
    if not waiting:
        raise SyntaxError("unexpected end")
    return waiting.pop(0)


def _sum(waiting):
    value = _product(waiting)
    while waiting and waiting[0] in "+-":
        value = value + _product(waiting) if waiting.pop(0) == "+" else value - _product(waiting)
    return value


def _product(waiting):
    value = _atom(waiting)
    while waiting and waiting[0] in "*/":
        value = value * _atom(waiting) if waiting.pop(0) == "*" else value / _atom(waiting)
    return value


def _atom(waiting):
    token = _next(waiting)
    if token == "(":
        value = _sum(waiting)
        _next(waiting)
        return value
    return int(token)
