"""What completion looks in, for the addresses that were remembered before there was such a column."""

import re
import unicodedata

from django.db import migrations

BATCH = 1000
MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u064b-\u065f\u0670\u20d0-\u20ff]+"
)
APART = re.compile(r'[\s,;:()<>"@._+-]+')


def words(*texts):
    """As people.words writes them when a contact changes."""
    found = {}
    for text in texts:
        plain = MARKS.sub("", unicodedata.normalize("NFKD", text.casefold())).casefold()
        found[" ".join(plain.split())] = None
        for gap in APART.finditer(plain):
            found[" ".join(plain[gap.end():].split())] = None
    return "".join(f" {word}" for word in found if word)


def fill(apps, schema_editor):
    Contact = apps.get_model("mailcore", "Contact")
    last = -1
    while rows := list(Contact.objects.filter(id__gt=last).order_by("id")[:BATCH]):
        for row in rows:
            row.words = words(row.name, row.address)
        Contact.objects.bulk_update(rows, ["words"])
        last = rows[-1].id


class Migration(migrations.Migration):
    dependencies = [("mailcore", "0011_people_transfers_and_sign_ins")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
