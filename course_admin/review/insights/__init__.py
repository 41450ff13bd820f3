"""Insights of an assignment: how the class stands, which checks tell students apart, when work arrives, who has not begun."""
