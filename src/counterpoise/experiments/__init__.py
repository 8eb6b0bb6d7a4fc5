"""A grid of runs: plan the distinct stages, execute each once, keep every run in its folder."""
