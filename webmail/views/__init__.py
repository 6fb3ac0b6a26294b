"""One file per screen or kind of request. A view asks layer 3, and answers a page or a fragment of it."""
