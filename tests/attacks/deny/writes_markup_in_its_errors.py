# threat: T101
# expect: failed
def fail(self, *args, **kwargs):
    raise ValueError("<script>alert(1)</script>\x1b]0;passed\x07\u202epassed\x00\ud800 [bold]")


Tensor.sum = fail
