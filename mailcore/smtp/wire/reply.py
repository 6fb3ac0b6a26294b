"""Replies: RFC 5321 §4.2, with enhanced status codes (RFC 2034, RFC 3463)."""

from __future__ import annotations


def reply(code: int, enhanced: str, *lines: str) -> bytes:
    """One reply, ready for the wire; `enhanced` may be empty (greeting, EHLO, 3yz).

    >>> reply(250, "2.1.0", "Sender ok")
    b'250 2.1.0 Sender ok\\r\\n'
    """
    prefix = f"{enhanced} " if enhanced else ""
    last = len(lines) - 1
    return "".join(
        f"{code}{' ' if number == last else '-'}{prefix}{_clean(line)}\r\n"
        for number, line in enumerate(lines)
    ).encode()


def _clean(line: str) -> str:
    """No line end and no control ever enters a reply, whoever wrote the text; at most 512 octets in all."""
    if line.isprintable() and len(line) < 400:
        return line
    return "".join(c if c.isprintable() else "?" for c in line)[:400]
