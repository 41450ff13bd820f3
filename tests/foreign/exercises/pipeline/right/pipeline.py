class Pipeline:
    def __init__(self, *steps):
        self.steps = steps

    def __call__(self, value):
        for step in self.steps:
            value = step(value)
        return value

    def __or__(self, step):
        if not callable(step):
            raise TypeError("a step is callable")
        return Pipeline(*self.steps, step)

    def __len__(self):
        return len(self.steps)

    def map(self, values):
        return (self(value) for value in values)
