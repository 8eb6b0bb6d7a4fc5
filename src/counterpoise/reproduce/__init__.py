"""Papers as data: a table or figure becomes a grid of comparisons, reported beside measured."""
