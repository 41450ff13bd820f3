"""Which run is judged when, by whom, and what is recorded of it: order, leases, results, what staff ask for."""
