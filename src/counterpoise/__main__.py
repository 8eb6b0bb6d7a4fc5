"""``python -m counterpoise``, where the command is not on the path."""

import sys

from counterpoise.cli import main

if __name__ == "__main__":
    sys.exit(main())
