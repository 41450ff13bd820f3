"""Boxes without namespaces, for containers that may make none: a user and a root folder of their own. Side: worker."""
