"""POP3: RFC 1939.

With CAPA (RFC 2449), STLS (RFC 2595), AUTH (RFC 5034), UTF8 (RFC 6856), response codes (RFC 3206).

The maildrop is INBOX as it was at login: messages that arrive later belong to the next session. What is
deleted here is gone after QUIT and not before. Our liberties: no APOP, which needs passwords kept in the
clear; no USER and no AUTH before TLS; and messages with UTF-8 in their header are shown as they are, to
clients without UTF8 too (RFC 6856 §3 would have them downgraded), because a client that cannot get past a
message is worse off than one that shows it badly.
"""
