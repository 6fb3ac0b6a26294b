"""Invitations that come by mail, and answers to them: iCalendar (RFC 5545), iTIP (RFC 5546), iMIP (RFC 6047).

    event.py        pure: a text/calendar part → one Event, with bounds for every list in it
    reply.py        pure: the iTIP REPLY of one attendee
    invitations.py  the verbs: what is known of an invitation, and answering it

Recurrences are told in words and never expanded, so no rule can be long; time zones are found by their names in the
system's table, and what a stranger defines is reduced to its offset before anything else reads it.
"""
