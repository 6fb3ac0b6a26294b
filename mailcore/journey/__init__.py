"""Where a message has been: who pushed it, who pulled it, over what, when, and what was said. RFC 5321 §4.4, RFC 5598.

    received.py     pure: one trace field of any server, read into its pieces
    results.py      pure: what a server wrote down about its checks (RFC 8601)
    follow.py       the verb: a message of an account → its Journey, from its trace and from our own rows

What other servers wrote is what they say: anybody may write a Received field below the ones of one's own provider.
So every step knows whose word it is.
"""
