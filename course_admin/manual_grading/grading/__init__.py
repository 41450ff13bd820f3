"""The work itself: dealt out to people, half finished, finished, and what comes next."""
