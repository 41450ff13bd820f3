import cmath
import math


def roots(a, b, c):
    if a == 0:
        raise ValueError("this is no quadratic equation")
    inner = b * b - 4 * a * c
    if inner == 0:
        return (-b / (2 * a),)
    root = math.sqrt(inner) if inner > 0 else cmath.sqrt(inner)
    return ((-b - root) / (2 * a), (-b + root) / (2 * a))
