"""One module per command. A module is imported only when its command runs or completes."""
