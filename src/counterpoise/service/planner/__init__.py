"""Which machines to rent for these cameras, and what they cost."""
