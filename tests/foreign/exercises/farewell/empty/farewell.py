class Guest:
    def __init__(self, name):
        pass


class Party:
    pass
