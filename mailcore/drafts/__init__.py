"""What somebody is writing in the browser: begun, saved as it is typed, sent, and taken back.

begin.py    a new message, an answer, a forward, or a draft that another client left in \\Drafts
rows.py     the Draft row and its files: one id from the first letter to the last, saved with a revision
build.py    a draft → RFC 5322 octets
mirror.py   the copy in \\Drafts that other clients see: a newer version of one message each time
signatures.py, templates.py  what goes below a text, and texts that are kept for next time
doubts.py   what somebody who is about to send may have overlooked
receipts.py read receipts, answered once or never
send.py     hand it to `outbound.submit`, exactly once; `undo` takes it back while it is held
"""
