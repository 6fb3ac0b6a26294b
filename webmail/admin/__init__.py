"""What admins see and do: the directory and the queue. Every write goes through a verb of the engine."""

from __future__ import annotations

from webmail.admin import accounts, delegations, domains, mime_types, queue

__all__ = ["accounts", "delegations", "domains", "mime_types", "queue"]
