"""From frames to results."""
