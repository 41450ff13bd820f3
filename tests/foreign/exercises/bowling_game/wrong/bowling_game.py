class Game:
    def __init__(self):
        self.rolls = []
        self.first = None

    def roll(self, pins):
        if not 0 <= pins <= 10 or (self.first or 0) + pins > 10:
            raise ValueError(f"{pins} pins cannot fall")
        self.first = pins if self.first is None and pins < 10 else None
        self.rolls.append(pins)

    def score(self):
        total, place = 0, 0
        for _ in range(10):
            if place >= len(self.rolls) or (self.rolls[place] < 10 and place + 1 >= len(self.rolls)):
                raise IndexError("the game goes on")
            if self.rolls[place] == 10:
                total += sum(self.rolls[place : place + 2])
                place += 1
            else:
                frame = sum(self.rolls[place : place + 2])
                total += frame + (self.rolls[place + 2] if frame == 10 else 0)
                place += 2
        return total
