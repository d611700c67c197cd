"""``python -m loglama.cli.main …``: the same program as the command ``loglama``."""

from loglama_tui.cli import main

if __name__ == "__main__":
    main()
