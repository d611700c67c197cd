"""Small checks of everything LogLama needs, each one function, and the report they make."""
