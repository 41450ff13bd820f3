"""Here against there on a page: asked for by who leads a course, read in the queue `sync`, shown before anything is sent."""
