"""Bytes to values and back, for SMTP: no clock, no socket, no database."""
