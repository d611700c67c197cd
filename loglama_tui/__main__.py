"""``python -m loglama_tui …``: the program without its console script; the collector starts itself this way."""

from loglama_tui.cli import main

if __name__ == "__main__":
    main()
