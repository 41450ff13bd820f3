WIDTH = 20


def receipt(items):
    rows = [row(name, price) for name, price in items]
    rows.append("-" * WIDTH)
    rows.append(row("total", sum(price for _, price in items)))
    return "\n".join(rows)


def row(name, price):
    return f"{name[:12]:<12}{price:>8.2f}"
