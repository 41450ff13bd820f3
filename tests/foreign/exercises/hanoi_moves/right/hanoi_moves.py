def moves(discs, source="A", spare="B", target="C"):
    if discs == 0:
        return []
    return [
        *moves(discs - 1, source, target, spare),
        (source, target),
        *moves(discs - 1, spare, source, target),
    ]
