"""What confines student code and suites: one interface, two engines, and a pool of warm boxes. Side: worker."""
