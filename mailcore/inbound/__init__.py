"""From the world: what we refuse and why (`checks`), and the one door for what we take (`receive`)."""
