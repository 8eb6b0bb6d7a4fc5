"""One interface for every device: frames, or a named failure."""
