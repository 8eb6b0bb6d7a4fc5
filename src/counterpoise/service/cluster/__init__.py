"""Workers on the machines of a Ray cluster: what goes there, what runs there, who starts it."""
