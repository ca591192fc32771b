"""A step of one run, written down: what it is given, what it does in which order, what it reports."""
