"""``python -m imagenspec``."""

from imagenspec.cli import main

if __name__ == "__main__":
    main()
