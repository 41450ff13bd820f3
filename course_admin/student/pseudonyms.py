"""Names that stand for people on a leaderboard: always the same for the same people and assignment, and told by nothing.

Without the installation's secret key nobody can work out whose one is, and another assignment gives another one.
"""

from collections.abc import Iterable

from django.utils.crypto import salted_hmac

KINDS = (
    "amber", "azure", "brisk", "calm", "cedar", "clear", "coral", "crisp", "dapper", "eager", "early", "fern", "gentle",
    "golden", "hazel", "indigo", "ivory", "jade", "lively", "lunar", "mellow", "misty", "nimble", "olive", "opal", "plum",
    "quiet", "ruby", "sandy", "silver", "sunny", "violet",
)  # fmt: skip
ANIMALS = (
    "badger", "beaver", "bison", "condor", "crane", "curlew", "dolphin", "falcon", "ferret", "finch", "gecko", "heron",
    "ibex", "jackdaw", "kestrel", "lemur", "lynx", "marten", "newt", "ocelot", "osprey", "otter", "panda", "petrel",
    "plover", "puffin", "raven", "seal", "sparrow", "swift", "tapir", "wren",
)  # fmt: skip
NUMBERS = 100


def pseudonym(assignment_id: int, people: Iterable[int]) -> str:
    """Return the name of one or several enrolments, by their keys, for an assignment's leaderboard."""
    facts = f"{assignment_id} {sorted(people)}"
    drawn = int.from_bytes(
        salted_hmac("course_admin.student.pseudonyms", facts, algorithm="sha256").digest()[:8], "big"
    )
    drawn, kind = divmod(drawn, len(KINDS))
    drawn, animal = divmod(drawn, len(ANIMALS))
    return f"{KINDS[kind]} {ANIMALS[animal]} {drawn % NUMBERS:02}"
