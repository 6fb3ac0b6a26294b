"""The same octets in S3: against a stand-in that speaks its protocol over HTTP."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator

import pytest
from django.core.files.storage import storages

from mailcore.models import Blob, Message
from mailcore.store import blobs, mailboxes, messages
from mailcore.store.errors import TemporaryFailure
from mailcore.store.raw import Raw
from tests.builders import message

SMALL, BIG = 1000, 300_000


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a local S3."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3, settings, monkeypatch):
    """Our storage setting pointing at a fresh bucket."""
    import boto3

    from webmail.settings import _blob_storage

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made = boto3.resource("s3", endpoint_url=s3).create_bucket(Bucket="mail")
    settings.STORAGES = {**settings.STORAGES, "default": _blob_storage(f"s3://mail/blobs?endpoint_url={s3}")}
    yield made
    made.objects.all().delete()
    made.delete()


@pytest.fixture
def inbox(db, bucket):
    mailboxes.provision(7)
    return mailboxes.named(7, "INBOX")


def octets(count: int) -> bytes:
    return random.Random(7).randbytes(count)


def put(inbox, raw: bytes) -> Raw:
    row = Message.objects.get(id=messages.append_bytes(7, inbox.id, raw).message_id)
    return Raw(bytes(row.prefix), bytes(row.digest), row.size)


def test_big_messages_are_objects_and_small_ones_rows(inbox, bucket):
    raw = message().removesuffix(b"\r\n") + octets(BIG)
    stored = put(inbox, raw)
    put(inbox, message())
    assert [item.size for item in bucket.objects.all()] == [len(raw)]
    assert all(item.key.startswith("blobs/") for item in bucket.objects.all())
    assert stored.read() == raw
    assert b"".join(stored.chunks()) == raw


@pytest.mark.parametrize(("start", "length"), [(0, 10), (250_000, 100_000), (BIG + 5, 5), (5, 0)])
def test_parts_are_fetched_by_range(inbox, start, length):
    raw = octets(BIG)
    assert put(inbox, raw).slice(start, length) == raw[start : start + length]


def test_an_upload_stays_readable_for_the_parser_after_it_is_finished(inbox):
    with blobs.upload() as upload:
        upload.write(octets(BIG))
        upload.finish()
        assert bytes(upload.buffer()[:]) == octets(BIG)


def test_the_same_octets_are_one_object(inbox, bucket):
    put(inbox, octets(BIG))
    put(inbox, octets(BIG))
    assert len(list(bucket.objects.all())) == 1


def test_garbage_goes_from_the_bucket(inbox, bucket):
    import time

    stored = blobs.put(octets(BIG))
    blobs.record([stored], int(time.time()) - 2 * 86_400)
    assert blobs.collect_garbage() == 1
    assert list(bucket.objects.all()) == []


def test_a_bucket_that_is_away_is_a_passing_trouble_and_accepts_nothing(inbox, bucket):
    bucket.delete()
    try:
        with pytest.raises(TemporaryFailure):
            messages.append_bytes(7, inbox.id, octets(BIG))
        assert Blob.objects.count() == Message.objects.filter(account_id=7).count() == 0
    finally:
        bucket.create()


def test_a_lost_object_is_a_passing_trouble_not_an_empty_message(inbox, bucket):
    stored = put(inbox, octets(BIG))
    bucket.objects.all().delete()
    with pytest.raises(TemporaryFailure):
        stored.read()


def test_the_storage_is_what_the_setting_says(bucket):
    assert type(storages["default"]).__name__ == "S3Storage"
