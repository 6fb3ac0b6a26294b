"""The verbs of POP3: `(session, command) → what to say and do`."""
