"""Papers as data: a table or figure becomes a grid of comparisons, reported beside measured."""

OUT = "counterpoise-out/reproduce"  # folder of all entries, where none is named
