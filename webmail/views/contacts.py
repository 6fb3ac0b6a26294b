"""The address book: the list, somebody's page, groups, merging, files in and out, and the card beside a name.

It belongs to the account that is read: behind /u/<account>/ a delegate looks up, adds and changes the owner's people,
as the composer there completes them; one's own are at /contacts/ as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from mailcore.models import Person as Row
from mailcore.people import book, completion, exchange, groups, merging, photos
from mailcore.people.errors import NoCards, NotAPicture
from mailcore.people.wire.card import Card, Item
from mailcore.search import evaluate, web_syntax
from mailcore.store import conversation_list
from mailcore.store.errors import MailboxExists, MailError, NotFound
from webmail import fragments, rail, reader, streaming
from webmail.forms.contacts import KINDS, PersonForm
from webmail.rendering import when
from webmail.rendering.people import Person, clean, shown_address

MOST_CHOSEN = 5_000
MOST_TO_WRITE_TO = 200
RECENT = 5
_signer = Signer(salt="contacts.undo")


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody in the list."""

    id: int
    name: str
    face: Person
    detail: str


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the address book, with its groups at the side."""
    everywhere = {"all_groups": groups.listing(reader.account_id(request))}
    return render(request, template, everywhere | context, status=status)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Everybody, or those that a search, a letter or a group leaves."""
    account_id, asked = reader.account_id(request), request.GET
    text, letter = asked.get("q", "")[:200].strip(), asked.get("letter", "")[:4]
    group = groups.one(account_id, _number(asked.get("group"))) if asked.get("group") else None
    number = _number(asked.get("page")) or 1
    found = book.page(
        account_id, text=text, initial=letter, group_id=group.id if group else None, number=number
    )
    kept = {"q": text, "letter": letter, "group": str(group.id) if group else ""}
    main = book.main_addresses(account_id, [person.id for person in found.people])
    context = {
        "lines": [_line(person, main.get(person.id, "")) for person in found.people],
        "found": found,
        "text": text,
        "letter": letter,
        "letters": book.initials(account_id),
        "group": group,
        "others": book.others(account_id, text, limit=8)
        if number == found.pages and not letter and not group
        else [],
        "others_count": book.others_count(account_id) if not text else 0,
        "earlier": f"?{urlencode(kept | {'page': number - 1})}" if found.number > 1 else "",
        "later": f"?{urlencode(kept | {'page': number + 1})}" if found.number < found.pages else "",
        "here": request.get_full_path(),
    }
    return _page(request, "contacts/index.html", context)


def _line(person: Row, address: str) -> Line:
    return Line(person.id, clean(person.name), Person(clean(person.name), address), shown_address(address))


@login_required
@require_safe
def show(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody, with everything that is known of them."""
    account_id = reader.account_id(request)
    person = book.one(account_id, person_id)
    card = book.card(person)
    addresses = [item.value for item in card.addresses]
    context = {
        "person": person,
        "card": card,
        "face": Person(clean(person.name), addresses[0] if addresses else ""),
        "in_groups": groups.of(account_id, person_id),
        "recent": _recent(request, addresses),
        "mail_query": _mail_query(addresses),
    }
    return _page(request, "contacts/show.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, person_id: int | None = None) -> HttpResponse:
    """Change somebody, or add them."""
    account_id = reader.account_id(request)
    person = book.one(account_id, person_id) if person_id is not None else None
    if request.method == "GET":
        card = book.card(person) if person else _wanted(request)
        return _form(request, PersonForm.of(card), person)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _form(request, form, person, status=422)
    if "more" in request.POST:  # without scripts: one more empty line of each
        return _form(request, PersonForm.of(form.card(), more=True), person)
    try:
        picture = _picture(request)
        uid = person.uid if person else ""
        kept = book.save(account_id, form.card(uid), person_id, photo=picture)
    except NotAPicture:
        return _form(request, form, person, _("That is not a picture we can read."), status=422)
    except MailError:
        return _form(request, form, person, _("A name, an address or a number is needed."), status=422)
    fragments.notice(request, _("Saved."), "success")
    return fragments.redirect(reverse("contacts:show", args=[kept.id]))


def _wanted(request: HttpRequest) -> Card:
    """A new card, with the address that "Add to contacts" names."""
    name, address = request.GET.get("name", "")[:200], request.GET.get("address", "")[:254]
    given, _space, family = name.rpartition(" ")
    return Card(name=name, given=given or family, family=family if given else "", addresses=(Item(address),))


def _picture(request: HttpRequest) -> bytes | None:
    sent = request.FILES.get("photo")
    if isinstance(sent, UploadedFile) and sent.size:
        return photos.small(sent.read(photos.MOST_OCTETS + 1))
    return None if request.POST.get("no_photo") else b""


def _form(
    request: HttpRequest, form: PersonForm, person: Row | None, problem: str = "", status: int = 200
) -> HttpResponse:
    name = person.name if person else ""
    context = {
        "form": form,
        "person": person,
        "problem": problem,
        "face": Person(clean(name), ""),
        "kinds": KINDS,
    }
    return _page(request, "contacts/edit.html", context, status=status)


@login_required
@require_safe
def photo(request: HttpRequest, person_id: int, version: str) -> HttpResponse:
    """The picture; its address changes with it, so browsers may keep it."""
    answer = HttpResponse(book.photo(reader.account_id(request), person_id), content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


# --- what is done to those that are chosen -------------------------------------------------------------------


@login_required
@require_POST
def act(request: HttpRequest) -> HttpResponseBase:
    """What the list's buttons do to those with a tick; `person` may be there many times."""
    account_id, chosen = reader.account_id(request), _chosen(request, "person")
    match request.POST.get("do", ""):
        case _ if not chosen and not _chosen(request, "contact"):
            return _told(request, _("Nobody is chosen."), "warning")
        case "delete":
            count = book.remove(account_id, chosen)
            text = ngettext("%d contact deleted.", "%d contacts deleted.", count) % count
            token = _signer.sign_object([account_id, chosen])
            fragments.notice(request, text, undo_url=reverse("contacts:undo"), undo_token=token)
            return fragments.redirect(_onward(request))
        case "write":
            return _write_to(request, book.addresses_of(book.several(account_id, chosen)))
        case "merge":
            return fragments.redirect(
                f"{reverse('contacts:merge')}?{urlencode([('person', n) for n in chosen])}"
            )
        case "export":
            return _vcf(request, book.several(account_id, chosen))
        case "keep":
            count = len(book.keep(account_id, _chosen(request, "contact")))
            return _told(
                request, ngettext("%d contact saved.", "%d contacts saved.", count) % count, "success"
            )
        case "forget":
            count = book.forget(account_id, _chosen(request, "contact"))
            return _told(request, ngettext("%d address forgotten.", "%d addresses forgotten.", count) % count)
        case "ungroup":
            count = groups.take_out(account_id, _number(request.POST.get("in")), chosen)
            return _told(
                request, ngettext("%d taken out of the group.", "%d taken out of the group.", count) % count
            )
        case verb if verb.startswith("group:"):
            group = groups.one(account_id, _number(verb.partition(":")[2]))
            groups.add(account_id, group.id, chosen)
            return _told(request, _("Added to %(group)s.") % {"group": group.name}, "success")
    raise NotFound(_("There is no such action"))


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Put back who was deleted."""
    try:
        account_id, chosen = _signer.unsign_object(request.POST.get("token", ""))
    except BadSignature:
        raise NotFound(_("That cannot be undone any more")) from None
    if account_id != reader.account_id(request):
        raise NotFound(_("That cannot be undone any more"))
    count = book.restore(account_id, chosen)
    return _told(request, ngettext("%d contact is back.", "%d contacts are back.", count) % count, "success")


def _write_to(request: HttpRequest, people: list[tuple[str, str]]) -> HttpResponse:
    if not people:
        return _told(request, _("None of them has an address."), "warning")
    to = ", ".join(completion.written(name, address) for name, address in people[:MOST_TO_WRITE_TO])
    return fragments.redirect(f"{reverse('compose:new')}?{urlencode({'to': to})}")


def _told(request: HttpRequest, text: str, level: str = "info") -> HttpResponse:
    fragments.notice(request, text, level)
    return fragments.redirect(_onward(request))


def _onward(request: HttpRequest) -> str:
    return reader.onward(request) if request.POST.get("next") else reverse("contacts:index")


def _chosen(request: HttpRequest, name: str) -> list[int]:
    return [
        int(text) for text in request.POST.getlist(name)[:MOST_CHOSEN] if text.isascii() and text.isdigit()
    ]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


# --- groups -------------------------------------------------------------------------------------------------


@login_required
@require_POST
def group(request: HttpRequest) -> HttpResponse:
    """A new group, another name for one, none any more, or a letter to all of one."""
    account_id, number = reader.account_id(request), _number(request.POST.get("group"))
    name, place = request.POST.get("name", ""), reverse("contacts:index")
    try:
        match request.POST.get("do", ""):
            case "create":
                made = groups.create(account_id, name)
                return fragments.redirect(f"{place}?group={made.id}")
            case "rename":
                groups.rename(account_id, number, name)
                return fragments.redirect(f"{place}?group={number}")
            case "remove":
                groups.remove(account_id, number)
                fragments.notice(request, _("The group is gone; its people stay."))
                return fragments.redirect(place)
            case "write":
                return _write_to(request, groups.expand(account_id, number))
    except NotFound:
        raise
    except MailboxExists:
        return _told(request, _("There is a group of that name already."), "warning")
    except MailError as problem:
        return _told(request, _(str(problem)), "warning")
    raise NotFound(_("There is no such action"))


# --- merging ------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest) -> HttpResponse:
    """The same person twice: what one card would be; with POST, make it."""
    account_id = reader.account_id(request)
    if request.method == "POST":
        person = merging.merge(account_id, _chosen(request, "person"))
        fragments.notice(request, _("Merged."), "success")
        to = (
            reverse("contacts:merge")
            if request.POST.get("more")
            else reverse("contacts:show", args=[person.id])
        )
        return fragments.redirect(to)
    asked = [_number(text) for text in request.GET.getlist("person")[:20]]
    sets = [book.several(account_id, asked)] if asked else merging.duplicates(account_id)
    context = {
        "sets": [
            {
                "people": [(person, book.card(person)) for person in people],
                "merged": merging.merged([book.card(person) for person in people]),
                "face": Person(clean(people[0].name), ""),
            }
            for people in sets
            if len(people) > 1
        ],
        "is_asked": bool(asked),
    }
    return _page(request, "contacts/merge.html", context)


# --- files --------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """A vCard or a table of another program."""
    if request.method == "GET":
        return _page(request, "contacts/import.html", {})
    sent = request.FILES.get("file")
    octets = sent.read(exchange.MOST_OCTETS + 1) if isinstance(sent, UploadedFile) else b""
    try:
        tally = exchange.take(
            reader.account_id(request),
            exchange.read(octets),
            group=request.POST.get("group", "")[:100].strip(),
        )
    except NoCards:
        text = _(
            "Nobody was found in that file. It should be a vCard (.vcf),"
            " or a table (.csv) of Google, Outlook or Thunderbird."
        )
        return _page(request, "contacts/import.html", {"problem": text}, status=422)
    counts = {"added": tally.added, "changed": tally.changed, "known": tally.known}
    text = _("%(added)d added, %(changed)d completed, %(known)d were here already.") % counts
    fragments.notice(request, text, "success")
    return fragments.redirect(reverse("contacts:index"))


@login_required
@require_GET
def take(request: HttpRequest, form: str) -> HttpResponseBase:
    """Everybody, or one group, as a file."""
    account_id = reader.account_id(request)
    people = None
    if number := _number(request.GET.get("group")):
        groups.one(account_id, number)
        people = list(book.everybody(account_id).filter(id__in=groups.members(account_id, number)))
    elif number := _number(request.GET.get("person")):
        people = [book.one(account_id, number)]
    if form == "csv":
        answer = HttpResponse(exchange.table(account_id, people), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="contacts.csv"'
        return answer
    return _vcf(request, people, "3.0" if form == "vcard3" else "4.0")


def _vcf(request: HttpRequest, people: list[Row] | None, version: str = "4.0") -> HttpResponseBase:
    pieces = exchange.vcards(reader.account_id(request), people, version)
    answer = streaming.answer(request, pieces, "text/vcard; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="contacts.vcf"'
    return answer


# --- the card beside a name ---------------------------------------------------------------------------------


@login_required
@require_safe
def card(request: HttpRequest) -> HttpResponse:
    """Who an address belongs to, and what one wrote to each other lately: a fragment, or a page."""
    account_id = reader.account_id(request)
    address = clean(request.GET.get("address", "")[:254])
    if "@" not in address:
        raise NotFound(_("That is no address"))
    person = book.with_address(account_id, address)
    known = book.card(person) if person else None
    name = person.name if person else clean(request.GET.get("name", "")[:200])
    addresses = [item.value for item in known.addresses] if known else [address]
    context = {
        "address": address,
        "shown": shown_address(address),
        "person": person,
        "known": known,
        "addresses": [shown_address(one) for one in addresses],
        "face": Person(name, address),
        "recent": _recent(request, addresses),
        "is_me": address.lower() == reader.own_address(request),
        "mail_query": _mail_query(addresses),
    }
    if fragments.wanted(request):
        return render(request, "contacts/_card.html", context)
    return _page(request, "contacts/card.html", context)


def _mail_query(addresses: list[str]) -> str:
    """from: or to: any of them, as one would type it."""
    plain = [address for address in addresses if not set(address) & set(' "{}()')][:5]
    return "{" + " ".join(f"from:{address} to:{address}" for address in plain) + "}" if plain else ""


def _recent(request: HttpRequest, addresses: list[str]) -> list[dict[str, Any]]:
    """The newest conversations with somebody."""
    query = _mail_query(addresses)
    if not query:
        return []
    account_id = reader.account_id(request)
    tree = web_syntax.parse(query, timezone.localtime(), me=reader.own_address(request))
    places, _following = evaluate.conversations(account_id, tree, size=RECENT)
    found = conversation_list.placed(account_id, places)
    return [
        {
            "url": reverse("conversation:show", args=[row.id]),
            "subject": row.letters[-1].subject or rail.no_name(),
            "at": when.moment(row.letters[-1].received),
        }
        for row in found[:RECENT]
    ]


app_name = "contacts"
urlpatterns = [
    path("", index, name="index"),
    path("new/", edit, name="new"),
    path("<int:person_id>/", show, name="show"),
    path("<int:person_id>/edit/", edit, name="edit"),
    path("<int:person_id>/photo/<str:version>/", photo, name="photo"),
    path("act/", act, name="act"),
    path("undo/", undo, name="undo"),
    path("group/", group, name="group"),
    path("merge/", merge, name="merge"),
    path("import/", bring, name="import"),
    path("export/<str:form>/", take, name="export"),
    path("card/", card, name="card"),
]
