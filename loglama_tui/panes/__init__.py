"""panes of the explorer."""
