"""Pages and the REST interface, one file a page."""
