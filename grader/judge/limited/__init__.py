"""The judge's own work on one test has limits: how it is watched, and how what came back is written down. Side: judge."""
