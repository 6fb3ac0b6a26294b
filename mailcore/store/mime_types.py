"""The site's own types of files: added and removed in the admin, asked wherever a file is named, sent or shown."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from mailcore.message import mime_types
from mailcore.message.mime_types import Types
from mailcore.models import MimeType
from mailcore.store import writing
from mailcore.store.errors import MailError


class TypeInvalid(MailError):
    """Not a type, not an extension, or one that exists already."""


def table() -> Types:
    """The system's table with the site's own types before it."""
    own = MimeType.objects.values_list("type", "extensions", "description")
    return mime_types.with_own((kind, named.split(), name) for kind, named, name in own)


def add(kind: str, extensions: str, description: str = "") -> MimeType:
    """A new type. Raises TypeInvalid."""
    return change(MimeType(), type=kind, extensions=extensions, description=description)


def change(row: MimeType, *, type: str, extensions: str, description: str = "") -> MimeType:
    """Set what a row says. Raises TypeInvalid."""
    row.type = type.strip().lower()
    named = [one.strip(". ").lower() for one in extensions.replace(",", " ").split()]
    row.extensions = " ".join(dict.fromkeys(one for one in named if one))
    row.description = description.strip()
    if not mime_types.NAME.fullmatch(row.type) or row.type.startswith(("multipart/", "message/")):
        raise TypeInvalid(f"{row.type[:80]!r} is not a type of file, like image/png")
    wrong = [one for one in row.extensions.split() if not mime_types.EXTENSION.fullmatch(one)]
    if wrong or not row.extensions or len(row.extensions) > 300:
        raise TypeInvalid(f"{(wrong or [row.extensions])[0][:40]!r} is not an extension, like png")
    try:
        with writing.exclusive(), transaction.atomic():
            row.save()
    except IntegrityError as problem:
        raise TypeInvalid(f"{row.type} is known already") from problem
    return row


def remove(row: MimeType) -> None:
    """The system's word counts again."""
    with writing.exclusive():
        row.delete()
