# threat: T86
# expect: no point
class Tensor:
    """Answers with text that looks like code, formats and imports."""

    def __init__(self, *args, **kwargs):
        self.data = self.shape = self.dtype = "__import__('os').system('touch /tmp/ran')"

    def __repr__(self):
        return "{0.__class__.__init__.__globals__} %s %n ${7*7} {{7*7}}"

    def __getattr__(self, name):
        return "{self.points}" * 3
