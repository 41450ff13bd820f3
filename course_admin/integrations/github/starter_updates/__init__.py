"""New starting files for repositories that students have already: one pull request each, which its student merges."""
