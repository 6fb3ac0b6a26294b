"""IMAP on the wire: bytes to values and back. Pure: no Django, no sockets, no clock."""
