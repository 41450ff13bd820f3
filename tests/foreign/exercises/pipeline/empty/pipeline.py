class Pipeline:
    def __init__(self, *steps):
        pass

    def map(self, values):
        pass
