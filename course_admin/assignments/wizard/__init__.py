"""Making one assignment in steps: basics, suite, dates, lateness, review; half-finished answers are kept."""
