"""A site's own types of files: added and removed in the office, and what that does to files."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from mailcore.identity import accounts
from mailcore.models import MimeType
from mailcore.store import mime_types
from tests.webmail.conftest import BACKEND


@pytest.fixture
def office(example_org):
    chief = accounts.create("chief@example.org", "first among postmen", is_superuser=True)
    client = Client()
    client.force_login(chief, backend=BACKEND)
    return client


def test_a_type_of_ones_own(office, page, deliver):
    kind = {"type": "Application/X-Atlas", "extensions": ".atl, map", "description": "Atlas drawing"}
    assert office.post("/admin/mailcore/mimetype/add/", kind).status_code == 302
    row = MimeType.objects.get()
    assert (row.type, row.extensions) == ("application/x-atlas", "atl map")
    assert mime_types.table().uploaded("application/octet-stream", "a.map") == "application/x-atlas"
    letter = deliver("x", headers="Content-Type: application/x-atlas\r\nContent-Disposition: attachment\r\n")
    markup = page.get(reverse("message:show", args=[letter.message_id])).content.decode()
    assert "Atlas drawing" in markup
    assert "attachment-1.atl" in markup
    office.post(f"/admin/mailcore/mimetype/{row.pk}/delete/", {"post": "yes"})
    assert mime_types.table().type_of("a.atl") == "application/octet-stream"


@pytest.mark.parametrize(
    ("kind", "extensions"), [("nonsense", "x"), ("multipart/mixed", "x"), ("a/b", "../x"), ("a/b", " . ")]
)
def test_nonsense_is_refused(office, kind, extensions):
    office.post("/admin/mailcore/mimetype/add/", {"type": kind, "extensions": extensions})
    assert not MimeType.objects.exists()
