def columns(rows):
    return [max(map(len, column)) for column in zip(*rows)]


def table(rows, header=False):
    widths = columns(rows)
    lines = [" | ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows]
    if header:
        lines.insert(1, "-+-".join("-" * width for width in widths))
    return "\n".join(lines)
