"""`counterpoise serve`: cameras on a map, and what the model sees of them as it comes."""
