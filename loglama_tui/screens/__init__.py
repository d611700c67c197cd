"""screens of the explorer."""
