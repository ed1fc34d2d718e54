"""What tells the parent of an action, in a file a grandparent; `surface` paints them by name."""
