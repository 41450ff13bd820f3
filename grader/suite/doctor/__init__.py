"""A suite under the judge beside plain pytest: each difference, its reason, and the line to write. Side: worker."""
