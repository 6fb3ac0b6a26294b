"""The verbs of SMTP, one a file: `(session, argument) → what to say and do`."""
