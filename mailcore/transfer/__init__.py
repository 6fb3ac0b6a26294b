"""Mail from elsewhere, whole: files that people upload, and their mailboxes at other servers.

A transfer is a row (models/transfer.py): what it is, how far it came, who works on it until when. The browser makes
it and looks at it; a worker of the queue "upkeep" does it, one at a time in each process, in turns if several wait.

    rows     begin, choose, list, cancel; claim, keep and end: every write of a row
    uploads  the file of a transfer, piece by piece
    from_file, from_server      what there is to take, and how far one is in it
    client, wire                IMAP4rev1 from the other side (RFC 3501), bounded in time and memory
    run      claim a row, take what its source gives, say how it ended

A killed worker loses nothing: of a server the last UID of each folder is kept, of a file the number of messages that
are done; both may lag behind what was committed, so the octets of a message that is here keep it from coming twice.
"""
