"""The feed: what happened to an account's mail (`log`), and a hint that something did (`wakeups`)."""
