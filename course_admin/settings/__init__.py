"""Settings: `dev` (default), `test`, `demo` and `production`, each over `base`; `env` alone reads the environment."""
