"""Cards as values, and the files that they travel in."""
