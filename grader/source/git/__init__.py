"""Repositories as a source: addresses that may be fetched, limited git, one commit, the tips of branches. Side: worker."""
