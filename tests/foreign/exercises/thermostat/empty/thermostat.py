class Thermostat:
    made = 0

    def __init__(self, celsius):
        pass

    @property
    def celsius(self):
        pass

    @celsius.setter
    def celsius(self, value):
        pass

    @property
    def fahrenheit(self):
        pass

    @fahrenheit.setter
    def fahrenheit(self, value):
        pass

    @classmethod
    def from_fahrenheit(cls, value):
        pass

    @staticmethod
    def is_valid(celsius):
        pass
