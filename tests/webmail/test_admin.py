"""The office: admins manage, through verbs, and never read mail."""

from __future__ import annotations

import time

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client

from mailcore.identity import accounts, addresses, credentials, routes
from mailcore.models import Account, Alias, Domain, OutboundRecipient, Route
from mailcore.outbound import queue
from mailcore.store import blobs
from tests.builders import message
from tests.webmail.conftest import BACKEND

pytestmark = pytest.mark.django_db
PASSWORD = "curiouser and curiouser"


@pytest.fixture
def chief(example_org) -> Account:
    return accounts.create("chief@example.org", "first among postmen", is_superuser=True)


@pytest.fixture
def office(chief) -> Client:
    client = Client()
    client.force_login(chief, backend=BACKEND)
    return client


def pages() -> list[str]:
    return [f"/admin/{m._meta.app_label}/{m._meta.model_name}/" for m in admin.site._registry]


def test_every_list_opens(office):
    for page in [*pages(), "/admin/"]:
        assert office.get(page).status_code == 200, page


def test_nothing_that_holds_letters_is_here():
    """SECURITY D20."""
    shown = {model._meta.model_name for model in admin.site._registry}
    assert shown <= {
        "account",
        "mimetype",
        "alias",
        "delegation",
        "domain",
        "dkimkey",
        "route",
        "outboundmessage",
        "outboundrecipient",
    }
    assert {"message", "entry", "draft", "blob"}.isdisjoint(shown)
    assert apps.is_installed("django.contrib.admin")


def test_users_have_no_business_here(page):
    """SECURITY D20."""
    for path in [*pages(), "/admin/"]:
        assert page.get(path).status_code in (302, 403), path
    assert page.get("/admin/login/").status_code == 403


def test_strangers_are_sent_to_the_one_door(db):
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/login/?next=")


def test_an_account_from_open_to_closed(office, example_org):
    form = {
        "address": "New@Example.org",
        "name": "New",
        "new_password": PASSWORD,
        "room": "2",
        "is_active": "on",
    }
    assert office.post("/admin/mailcore/account/add/", form).status_code == 302
    account = Account.objects.get(address="new@example.org")
    assert account.quota_bytes == 2 << 30 and not account.is_staff
    assert credentials.check("new@example.org", PASSWORD, protocol="imap", peer="192.0.2.1").pk == account.pk
    place = f"/admin/mailcore/account/{account.pk}/change/"
    assert (
        PASSWORD.encode() not in office.get(place).content
        and account.password.encode() not in office.get(place).content
    )
    office.post(place, {"name": "Renamed", "room": "3", "new_password": "", "is_active": ""})
    account.refresh_from_db()
    assert (account.name, account.quota_bytes, account.is_active) == ("Renamed", 3 << 30, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "new@elsewhere.test"},
        {"address": "not an address"},
        {"address": "chief@example.org"},
        {"new_password": "short"},
        {"new_password": ""},
    ],
)
def test_accounts_that_cannot_be(office, wrong):
    form = {
        "address": "new@example.org",
        "name": "",
        "new_password": PASSWORD,
        "room": "1",
        "is_active": "on",
    }
    answer = office.post("/admin/mailcore/account/add/", form | wrong, follow=True)
    assert answer.status_code == 200
    assert Account.objects.count() == 1


def test_helpers_cannot_become_chiefs(chief, alice):
    """A new password for a superuser would make its giver one."""
    alice.is_staff = True
    accounts.change(alice, is_staff=True)
    alice.user_permissions.add(Permission.objects.get(codename="change_account"))
    alice.user_permissions.add(Permission.objects.get(codename="view_account"))
    helper = Client()
    helper.force_login(Account.objects.get(pk=alice.pk), backend=BACKEND)
    place = f"/admin/mailcore/account/{chief.pk}/change/"
    assert helper.post(place, {"name": "x", "room": "1", "new_password": PASSWORD}).status_code == 403
    own = accounts.create("plain@example.org", PASSWORD)
    helper.post(
        f"/admin/mailcore/account/{own.pk}/change/",
        {
            "name": "x",
            "room": "1",
            "new_password": "",
            "is_active": "on",
            "is_superuser": "on",
            "is_staff": "on",
        },
    )
    own.refresh_from_db()
    assert own.name == "x" and not own.is_superuser and not own.is_staff


def test_a_domain_shows_what_to_publish(office):
    office.post("/admin/mailcore/domain/add/", {"name": "Tea.Example", "is_active": "on", "catch_all": ""})
    domain = Domain.objects.get(name="tea.example")
    content = office.get(f"/admin/mailcore/domain/{domain.pk}/change/").content.decode()
    for word in ("v=spf1", "v=DMARC1", "v=DKIM1", "_domainkey.tea.example", "10 mx.example.org."):
        assert word in content
    key = domain.dkim_keys.first()
    shown = office.get(f"/admin/mailcore/dkimkey/{key.pk}/change/").content.decode()
    assert key.public[:40] in shown and key.secret not in shown


def test_who_gets_what_is_addressed_to_nobody(office, alice):
    domain = Domain.objects.get(name="example.org")
    page = f"/admin/mailcore/domain/{domain.pk}/change/"
    refused = office.post(page, {"is_active": "on", "catch_all": "nobody@example.org"})
    assert "There is no account of that address." in refused.content.decode()
    office.post(page, {"is_active": "on", "catch_all": "Alice@example.org"})
    assert Domain.objects.get(pk=domain.pk).catch_all == alice
    assert 'value="alice@example.org"' in office.get(page).content.decode()
    office.post(page, {"is_active": "on", "catch_all": ""})
    assert Domain.objects.get(pk=domain.pk).catch_all is None


def test_aliases(office, alice):
    office.post(
        "/admin/mailcore/alias/add/",
        {"address": "tea@example.org", "targets": "alice@example.org\nbob@far.test", "is_active": "on"},
    )
    alias = Alias.objects.get(address="tea@example.org")
    assert len(addresses.resolve("tea@example.org")) == 2
    office.post(
        f"/admin/mailcore/alias/{alias.pk}/change/", {"targets": "alice@example.org", "is_active": "on"}
    )
    assert len(addresses.resolve("tea@example.org")) == 1
    office.post(f"/admin/mailcore/alias/{alias.pk}/delete/", {"post": "yes"})
    assert not Alias.objects.exists()


def test_a_routes_password_is_sealed(office):
    form = {
        "domain": "*", "host": "smart.test", "port": "587", "tls": "required", "username": "us", "is_active": "on",
        "new_password": "to the smart host",
    }  # fmt: skip
    office.post("/admin/mailcore/route/add/", form)
    route = Route.objects.get()
    assert routes.password(route) == "to the smart host" and "smart host" not in route.secret
    place = f"/admin/mailcore/route/{route.pk}/change/"
    shown = office.get(place).content.decode()
    assert "to the smart host" not in shown and route.secret not in shown
    office.post(place, form | {"new_password": "", "port": "2525"})
    route.refresh_from_db()
    assert (route.port, routes.password(route)) == (2525, "to the smart host")


def test_the_queue_and_its_verbs(office, alice):
    raw = message(subject="a secret subject", body="and secret words\r\n")
    number = queue.put(
        alice.pk, "alice@example.org", ["bob@far.test"], blobs.put(raw), hold_until=int(time.time()) + 600
    )
    recipient = OutboundRecipient.objects.get(outbound_id=number)
    place = "/admin/mailcore/outboundrecipient/"
    for action, state in (("hold", "held"), ("release", "queued"), ("drop", "dropped")):
        office.post(place, {"action": action, "_selected_action": recipient.pk})
        recipient.refresh_from_db()
        assert recipient.state == state
    for path in (
        place,
        f"{place}{recipient.pk}/change/",
        "/admin/mailcore/outboundmessage/",
        f"/admin/mailcore/outboundmessage/{number}/change/",
    ):
        content = office.get(path).content.decode()
        assert "bob@far.test" in content and "secret" not in content
    assert office.post(f"{place}{recipient.pk}/delete/", {"post": "yes"}).status_code == 403
