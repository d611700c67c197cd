"""What a project's own files need so that it logs into LogLama: planned, shown, written with a backup, taken back."""
