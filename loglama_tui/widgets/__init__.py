"""widgets of the explorer."""
