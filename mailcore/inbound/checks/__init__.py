"""Reasons to refuse, one a file, same shape each: facts in, `Verdict` out. `pipeline` decides the order."""
