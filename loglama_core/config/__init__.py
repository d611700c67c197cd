"""Settings, the shared ``.env``, the declared services and the names of secrets."""
