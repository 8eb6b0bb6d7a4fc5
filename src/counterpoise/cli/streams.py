"""What is printed, on terminals that cannot show every character."""

import io
import sys


def forgive_encodings() -> None:
    """Print a character that stdout or stderr lacks as "?" from now on, instead of failing.

    A table on a latin-1 terminal has dashes that latin-1 lacks, and a name from disk may be no
    text at all; neither may end a command whose results are there.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
