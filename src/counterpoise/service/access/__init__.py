"""Who may do what: passwords, sessions, roles, tokens."""
