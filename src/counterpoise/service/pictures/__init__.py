"""Where the pictures of frames are kept, and for how long."""
