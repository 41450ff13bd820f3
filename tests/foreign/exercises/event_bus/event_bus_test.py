import unittest
from unittest.mock import Mock, call

from event_bus import Bus


class BusTest(unittest.TestCase):
    def test_subscribers_are_told(self):
        told = []
        bus = Bus()
        bus.subscribe("news", told.append)
        bus.publish("news", "rain")
        bus.publish("news", "sun")
        self.assertEqual(told, ["rain", "sun"])

    def test_only_their_topic(self):
        told = []
        bus = Bus()
        bus.subscribe("news", lambda item: told.append(item))
        bus.publish("sport", "goal")
        self.assertEqual(told, [])

    def test_mocks(self):
        listener = Mock()
        bus = Bus()
        bus.subscribe("news", listener)
        bus.publish("news", 1)
        bus.publish("news", 2)
        self.assertEqual(listener.call_args_list, [call(1), call(2)])

    def test_unsubscribe(self):
        listener = Mock()
        bus = Bus()
        cancel = bus.subscribe("news", listener)
        cancel()
        bus.publish("news", 1)
        listener.assert_not_called()

    def test_how_many(self):
        bus = Bus()
        bus.subscribe("news", print)
        self.assertEqual(bus.count("news"), 1)
        self.assertEqual(bus.count("sport"), 0)
