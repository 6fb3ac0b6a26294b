"""The service worker, the manifest and the page without a connection: public, and nothing private in them."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders

from tests.architecture.tree import ROOT


def test_the_worker_names_files_that_exist(client):
    answer = client.get("/worker.js")
    text = answer.content.decode()
    files = json.loads(re.match(r"const FILES = (\{.*\});\n", text)[1])
    assert all(finders.find(url.removeprefix("/static/")) for url in files["urls"])
    assert answer["Content-Type"].startswith("text/javascript")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-cache"


def test_the_manifest(client):
    told = client.get("/manifest.webmanifest").json()
    assert (told["start_url"], told["display"], told["dir"]) == ("/", "standalone", "ltr")
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    for icon in told["icons"]:
        assert (ROOT / icon["src"].lstrip("/")).exists()


def test_the_page_without_a_connection_is_the_same_for_everybody(client, alice):
    before = client.get("/offline/").content
    client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")
    assert client.get("/offline/").content == before


@pytest.mark.parametrize(("kind", "is_read"), [("1", True), ("ahead", False)])
def test_what_is_fetched_ahead_is_not_read(client, alice, deliver, kind, is_read):
    from mailcore.models import Entry
    from mailcore.models.entry import SEEN

    client.force_login(alice, backend="mailcore.identity.backend.AddressBackend")
    deliver("Later.")
    entry = Entry.objects.get(account_id=alice.pk)
    client.get(f"/c/{entry.conversation_id}/", headers={"X-Fragment": kind})
    entry.refresh_from_db()
    assert bool(entry.flags & SEEN) is is_read
