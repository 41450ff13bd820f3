# threat: T11
# expect: no point
import gc
import sys

agent = sys.modules["grader.candidate.serve"]
agent.OPERATIONS = dict.fromkeys(agent.OPERATIONS, lambda *args: 1)
plain = agent.Conversation._outcome


def answer(conversation, body):
    [call_id, status, value], is_sharing = plain(conversation, body)
    return [call_id, 0, value if status == 0 and type(value) is list else 1], is_sharing


agent.Conversation._outcome = answer
agent.Session.name = lambda session, module, path: 1
for thing in gc.get_objects():
    if type(thing).__name__ == "Session":
        thing.name = lambda module, path: 1
