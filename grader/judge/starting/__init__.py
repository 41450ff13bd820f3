"""How pytest is started over a suite, for the judge and plainly, as at home, and what begins each test. Side: judge."""
