"""How pytest is started over a suite: for the judge, and plainly, as at home. Side: judge."""
