"""Towns, states and countries by name, and the town nearest to a point, without any network."""
