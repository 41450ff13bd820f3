class Bus:
    def __init__(self):
        pass

    def subscribe(self, topic, listener):
        pass

    def publish(self, topic, item):
        pass

    def count(self, topic):
        pass
