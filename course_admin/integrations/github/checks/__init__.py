"""What GitHub shows beside a commit of what became of it: check runs, or commit statuses where the App may not write those."""
