"""The hostile set: submissions that forge points, cost others theirs, look where they may not, or fool a budget."""
