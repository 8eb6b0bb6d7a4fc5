"""What is kept: cameras, frames, results, the account of frames, users."""
