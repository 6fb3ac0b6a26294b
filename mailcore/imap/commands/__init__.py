"""One file for each verb; the UID form lives with its verb. RFC 9051 §6."""
