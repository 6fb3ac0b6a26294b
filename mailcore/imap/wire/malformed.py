"""What the client said does not parse: RFC 9051 §7.1.3 (BAD)."""

from __future__ import annotations


class Malformed(Exception):
    """The arguments of a command are not what its grammar says; the text is for the client."""
