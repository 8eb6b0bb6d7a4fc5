"""``python -m counterpoise.cli``: the command, where its script is not on the PATH."""

import sys

from counterpoise.cli import main

sys.exit(main())
