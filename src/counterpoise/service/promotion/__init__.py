"""A model in place of another: tried beside it, compared with it, promoted, rolled back."""
