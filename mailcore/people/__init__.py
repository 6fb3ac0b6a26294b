"""The address book: people and their groups, whom one wrote to, and completing a recipient.

A saved person is one row with everything in it (`wire.card`); each of their addresses is also a row of Contact, where
the addresses that were only ever written to stand as well. vCards (RFC 6350, RFC 2426) and CSV files come and go.
"""
