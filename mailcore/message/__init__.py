"""Mail as bytes: RFC 5322 and MIME, read and written, without opinions about where it is kept.

Everything here is pure: bytes and values in, values out; no clock, no network, no database. Reading never raises,
whatever the bytes are: what cannot be understood is kept as opaque and shown as such. Work and memory are linear in
what is looked at, and bounded where a stranger chooses the size:

    nesting            100 levels, deeper is opaque         parse.MAX_DEPTH
    parts              10,000, the rest is opaque           parse.MAX_PARTS
    one header         10 MB                                headers.MAX_FIELD
    all headers        50 MB                                headers.MAX_HEADER
    values we decode   a few kilobytes each, see the modules

`parse` finds the tree and its byte offsets, `summary` turns it into everything a mailbox row needs, once, at delivery.
Python's own `email` package is not used: on 31 of our 105 hostile messages it raises, recurses or takes minutes.
"""
