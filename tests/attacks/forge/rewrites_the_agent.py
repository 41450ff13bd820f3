# threat: T11
# expect: no point
import gc
import sys

TRUE_ANSWERS = {"call": lambda *a: 1, "getattr": lambda *a: 1}
for name, module in list(sys.modules.items()):
    if "candidate" in name or "serve" in name or name == "grader.wire.values":
        for attribute in list(vars(module)):
            if attribute in ("_answer", "_describe", "OPERATIONS"):
                try:
                    setattr(module, attribute, TRUE_ANSWERS)
                except Exception:
                    pass
for thing in gc.get_objects():
    if type(thing).__name__ == "Session":
        thing.name = lambda module, path: 1
