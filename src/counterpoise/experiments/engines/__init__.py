"""Where the tasks of a comparison run: on this machine, or on a Ray cluster."""
