"""What a person meets in a terminal: the commands and the full-screen explorer."""
