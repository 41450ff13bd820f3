class Matrix:
    def __init__(self, rows):
        pass

    @property
    def shape(self):
        pass

    def row(self, index):
        pass

    def column(self, index):
        pass
