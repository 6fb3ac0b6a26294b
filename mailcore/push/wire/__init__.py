"""What push services and browsers read: sealed messages, signed tokens."""
