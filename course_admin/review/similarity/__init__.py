"""Which submissions of an assignment are alike beyond what its starter, its reference and its task explain: for people to judge."""
