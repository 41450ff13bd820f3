"""Performance budgets under the judge: the `measure` fixture, its pieces of work, their statistics and counts. Side: judge."""
