"""A living mailbox for visitors, screenshots and tests.

Two invented companies write to each other and to the world: Tidemark Press, a small publisher, and Kite &
Compass, the studio that draws its books. Everything is generated and the same every time; only the dates
follow the clock, so that "yesterday" is always yesterday.

    letters/*.txt   conversations people had, as plain text anyone can add to (format: `letters.py`)
    people.py       who they are, how they sign, which of them live here
    newsletters.py  the mail that machines and marketing send, with its HTML
    pictures.py     pictures drawn from a seed        files.py   documents made of a few lines
    writer.py       a letter → RFC 5322 bytes         seed.py    bytes → mailboxes
"""
