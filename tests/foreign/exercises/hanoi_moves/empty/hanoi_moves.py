def moves(discs, source="A", spare="B", target="C"):
    pass
