"""SMTP and message submission: RFC 5321, RFC 6409.

One speech, two roles. `MX` takes mail for our own from anybody and relays for nobody; `SUBMISSION` takes
mail for anybody from our own, who must sign in first. What differs between them is a column of
`dispatch.COMMANDS` or of `extensions.EXTENSIONS`, or one line in a command.

What outlives a message is the `Session`; what RSET forgets is its `Transaction`. Our liberties: lines end
with CRLF and nothing else (a bare CR or LF ends the connection), a local part may not begin with a hyphen,
and BINARYMIME is not offered.
"""
