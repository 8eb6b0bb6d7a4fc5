"""Build the gazetteer, in a process of its own: reading its source takes 150 MB for a second."""

import sys
from pathlib import Path

from counterpoise.service.gazetteer.build import build, of_geonames

build(Path(sys.argv[1]), *of_geonames())
