"""Bytes of one source -> record rows. Pure: no input or output, and no input that raises."""
