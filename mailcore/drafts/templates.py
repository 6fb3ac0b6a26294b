"""Texts that are written again and again: kept under a name, put into a letter on demand."""

from __future__ import annotations

from django.utils.translation import gettext as _

from mailcore.drafts.errors import TemplateRefused
from mailcore.models import Account, Template
from mailcore.store import writing
from mailcore.store.errors import NotFound

MOST_TEMPLATES = 500
LONGEST = 200_000


def of(account: Account) -> list[Template]:
    """All of them, by name."""
    return list(Template.objects.filter(account_id=account.pk).order_by("name")[:MOST_TEMPLATES])


def named(account: Account) -> list[tuple[int, str]]:
    """Id and name of each, for a menu."""
    rows = Template.objects.filter(account_id=account.pk).order_by("name")
    return list(rows.values_list("id", "name")[:MOST_TEMPLATES])


def one(account: Account, template_id: int) -> Template:
    """One of them; raises NotFound."""
    found = Template.objects.filter(account_id=account.pk, id=template_id).first()
    if found is None:
        raise NotFound("There is no such template")
    return found


def save(account: Account, template_id: int | None, *, name: str, subject: str, html: str) -> Template:
    """Make one, or change it; one that has the name already is replaced. `html` must be clean."""
    name = " ".join(name.split())[:100]
    if not name:
        raise TemplateRefused("A template needs a name")
    if len(html) > LONGEST:
        raise TemplateRefused("The text is too long for a template")
    with writing.account(account.pk) as write:
        mine = Template.objects.filter(account_id=account.pk)
        kept = one(account, template_id) if template_id is not None else mine.filter(name=name).first()
        is_new = kept is None
        if kept is None:
            if mine.count() >= MOST_TEMPLATES:
                raise TemplateRefused(_("There may be %(count)d templates") % {"count": MOST_TEMPLATES})
            kept = Template(id=write.new_id(), account_id=account.pk)
        elif mine.filter(name=name).exclude(id=kept.id).exists():
            raise TemplateRefused("Another template has this name already")
        kept.name, kept.subject, kept.html = name, " ".join(subject.split())[:1000], html
        kept.save(force_insert=is_new)
    return kept


def remove(account: Account, template_id: int) -> None:
    """Take one away; gone already is fine."""
    with writing.account(account.pk):
        Template.objects.filter(account_id=account.pk, id=template_id).delete()
