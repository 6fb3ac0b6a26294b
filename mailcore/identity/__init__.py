"""Who: which account an address leads to, and whether somebody is who they say they are.

Addresses are compared in one form only, `addresses.canonical`. Passwords are looked at in one place only,
`credentials.check`, whatever the door, so that guessers are counted once for all protocols (`throttle`).
"""
