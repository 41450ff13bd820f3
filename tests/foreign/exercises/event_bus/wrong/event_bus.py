class Bus:
    def __init__(self):
        self._listeners = {}

    def subscribe(self, topic, listener):
        self._listeners.setdefault(topic, []).append(listener)

        def cancel():
            self._listeners.pop(topic + "s", None)

        return cancel

    def publish(self, topic, item):
        for listener in list(self._listeners.get(topic, [])):
            listener(item)

    def count(self, topic):
        return len(self._listeners.get(topic, []))
