"""What an author of suites and a student start from: a new suite, a module's starter repository. Side: any."""
