"""The checks, one module per group. A check takes the context and yields findings; it changes nothing."""
