"""What to do, in sentences that are computed from the results."""
