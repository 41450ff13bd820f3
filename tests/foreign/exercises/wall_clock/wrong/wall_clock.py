class Clock:
    def __init__(self, hour, minute):
        self.minutes = 60 * hour + minute

    def __str__(self):
        return "{:02}:{:02}".format(*divmod(self.minutes, 60))

    def __repr__(self):
        return "Clock({}, {})".format(*divmod(self.minutes, 60))

    def __add__(self, minutes):
        return Clock(0, self.minutes + minutes)

    def __sub__(self, minutes):
        return Clock(0, self.minutes - minutes)

    def __eq__(self, other):
        return self.minutes == other.minutes
