"""What Python holds in memory, or another library's data set, as files that `load` reads."""
