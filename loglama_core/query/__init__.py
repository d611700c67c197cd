"""What a query says, whoever answers it: text to tree, times, and back to text."""
