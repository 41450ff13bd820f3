class Report:
    def __init__(self, title):
        pass

    def body(self):
        pass

    def render(self):
        pass


def collect(reports):
    pass


async def fetch(name):
    pass
