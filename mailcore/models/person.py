"""Person: somebody saved in the address book. PersonGroup: several of them. PersonMember: who is in which."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Person(models.Model):
    """A card of the address book: all of it in `details` (see people.card), beside it what lists ask for.

    The addresses of a person are Contact rows as well, so that completing a recipient asks one table.
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=200, blank=True)  # as shown; the first address for want of a name
    sort_key = models.CharField(max_length=200)  # the name folded, for the order of the list
    initial = models.CharField(max_length=4)  # under which letter it stands
    words = models.TextField()  # folded, each after a blank: what a search looks in
    details = models.JSONField(default=dict)
    uid = models.CharField(max_length=255, blank=True)  # of the vCard it came as (RFC 6350 §6.7.6)
    photo = models.BinaryField(max_length=32, null=True)  # digest of a Blob: 256 pixels at most, re-encoded
    updated = models.BigIntegerField(default=0)  # seconds since 1970
    deleted = models.BigIntegerField(null=True)  # when; until upkeep takes it, it can be taken back

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "sort_key", "id"], name="person_order"),
            models.Index(fields=["account_id", "uid"], name="person_uid"),
            models.Index(fields=["photo"], name="person_photo", condition=models.Q(photo__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class PersonGroup(models.Model):
    """People who are written to together."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "name"], name="person_group_name")]

    def __str__(self) -> str:
        return self.name


class PersonMember(models.Model):
    """One person in one group."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    group_id = models.BigIntegerField()
    person_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "group_id", "person_id"], name="person_member")
        ]
        indexes = [models.Index(fields=["account_id", "person_id"], name="person_groups")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}"
