"""The submissions of an assignment: filtered, sorted, searched, all of them within reach, and one after the other."""
