"""IMAP: RFC 9051 (IMAP4rev2) and RFC 3501 (IMAP4rev1), with the extensions that `capabilities` lists.

A command goes line → `wire.framing` → `dispatch` → `commands/<verb>` → `store`. Handlers are plain
synchronous generators of octets and `mailcore.dialogue` effects; what they return is the tagged answer.
Between the two, `sync` tells the client what else has changed.

What a client believes about its mailbox (`selected`) lags behind the truth on purpose: message numbers may
only shift when the protocol allows it. Since the store keeps expunged entries for a while, a belief is
three numbers, and the list of UIDs that follows from them is loaded only where a command needs it. Opening
a mailbox therefore costs the same whatever is in it.

Our liberties, all of them allowed:

* A message is \\Recent to the session that first selects its mailbox for writing, and, when it arrives
under the
  eyes of several sessions, to each of them. Sessions that enabled IMAP4rev2 see no \\Recent (RFC 9051 §A).
* EXPUNGE numbers are sent from the highest to the lowest.
* A mailbox deleted under a session ends it with BYE (RFC 2180 §3.3).
* STORE answers with FETCH for the messages that it changed, not for those that were already so.
"""
