"""Between the service and its workers: the queue's two ends, and archives by their hash. Side: worker (and the service)."""
