"""Bringing sources and store together: one pass, a thread, a daemon."""
