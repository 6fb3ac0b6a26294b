"""What people fill in, checked before a verb hears of it."""
