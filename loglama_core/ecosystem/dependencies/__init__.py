"""What services require, whether it is there, and how it gets there: Python and Node packages, system commands."""
