"""Packages: what a student's may be called, and those that a suite brings for its boxes. Side: any; `site` worker."""
