from itertools import zip_longest


class Polynomial:
    def __init__(self, *coefficients):
        kept = list(coefficients) or [0]
        while len(kept) > 1 and kept[-1] == 0:
            kept.pop()
        self.coefficients = tuple(kept)

    @property
    def degree(self):
        return len(self.coefficients) - 1

    def __call__(self, x):
        return sum(c * x**k for k, c in enumerate(self.coefficients))

    def __eq__(self, other):
        return self.coefficients == other.coefficients

    def __add__(self, other):
        return Polynomial(*(a + b for a, b in zip_longest(self.coefficients, other.coefficients, fillvalue=0)))

    def __sub__(self, other):
        return self + Polynomial(*(-c for c in other.coefficients))

    def __mul__(self, other):
        product = [0] * (self.degree + other.degree + 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(other.coefficients):
                product[i + j] += a * b
        return Polynomial(*product)

    def derivative(self):
        return Polynomial(*(k * c for k, c in enumerate(self.coefficients) if k))

    def __str__(self):
        text = ""
        for k in range(self.degree, -1, -1):
            c = self.coefficients[k]
            if c:
                sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
                number = "" if abs(c) == 1 and k else str(abs(c))
                text += sign + number + ("" if k == 0 else "x" if k == 1 else f"x^{k}")
        return text or "0"
