"""What runs in a worker process and loads torch."""
