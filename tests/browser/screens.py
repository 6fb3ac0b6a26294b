"""Every screen of the product, as a table: where it is, what is unfolded on it, and what has to be seen then.

    Screen("menu of the account", "/", ".bar__who", press(".bar__person"))

An address may name what `planted` put there: `/c/{letter}/`. Ines owns everything planted and writes, Nora reads the
demo's mail, the administrator runs the place, and nobody stands at the door.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

Step = Callable[[Page], None]
INES, NORA, ADMIN, NOBODY = "ines@tidemark.example", "nora@tidemark.example", "admin", ""


class Screen:
    def __init__(
        self, name: str, address: str, shows: str, *steps: Step, who: str = INES, wide: bool = False
    ):
        """`wide`: not to be had on a phone."""
        self.name, self.address, self.shows, self.steps = name, address, shows, steps
        self.who, self.wide = who, wide

    def open(self, page: Page, planted: dict[str, str]) -> None:
        page.goto(self.address.format(**planted))
        for step in self.steps:
            step(page)
        page.locator(self.shows).locator("visible=true").first.wait_for()


# --- what a hand does -----------------------------------------------------------------------------------------


def press(selector: str, button: str = "left") -> Step:
    return lambda page: page.locator(selector).locator("visible=true").first.click(button=button)  # type: ignore[arg-type]


def key(*names: str) -> Step:
    return lambda page: [page.keyboard.press(name) for name in names] and None


def typed(selector: str, text: str) -> Step:
    return lambda page: page.locator(selector).locator("visible=true").first.press_sequentially(text)


def ready(selector: str) -> Step:
    return lambda page: page.locator(selector).locator("visible=true").first.wait_for()


CHOOSE = press("#rows .row input[type=checkbox]")
OPEN = press("#rows .row__link")
WRITE = ready(".letter__rich")

SCREENS = [
    # at the door
    Screen("sign in", "/login/", "input[name=password]", who=NOBODY),
    Screen("sign in again", "/login/?next=/compose/", "input[name=password]", who=NOBODY),
    Screen(
        "a refusal",
        "/login/",
        "[role=alert]",
        typed("[name=address]", "x@y.example"),
        typed("[name=password]", "x"),
        key("Enter"),
        who=NOBODY,
    ),
    Screen("nothing here", "/nowhere/", "h1", who=NOBODY),
    Screen("not for you", "/admin/", "h1"),
    Screen("no connection", "/offline/", "h1"),
    # lists
    Screen("inbox", "/", "#rows .row", who=NORA),
    Screen("a folder without letters", "/mail/{folder}/", ".empty"),
    Screen("label", "/label/{label}/", "#rows .row"),
    Screen("snoozed", "/mail/{snoozed}/", "#rows .row"),
    Screen("scheduled", "/later/scheduled/", "h1"),
    Screen("all inboxes", "/all/", "#rows .row"),
    Screen("folders on a phone", "/", "#rail", press(".bar__menu, .rail__folders .folder")),
    Screen("menu of the account", "/", ".bar__who", press(".bar__person")),
    Screen("view of the list", "/", ".list__view .menu__panel", press(".list__view > summary")),
    Screen("some chosen", "/", ".list__actions", CHOOSE, who=NORA),
    Screen("labels for them", "/", ".list__actions .pick", CHOOSE, press(".list__actions [data-do=label]")),
    Screen("places for them", "/", ".list__actions .pick", CHOOSE, press(".list__actions [data-do=move]")),
    Screen(
        "more for them", "/", ".list__actions [data-do=star]", CHOOSE, press(".list__actions [data-do=more]")
    ),
    Screen("when to see them again", "/", "dialog[open]", CHOOSE, press(".list__actions [data-do=snooze]")),
    Screen("menu of a row", "/", ".context", press("#rows .row__link", "right"), wide=True),
    Screen("menu of a folder", "/", ".context", press("#folders [data-folder]", "right"), wide=True),
    Screen("menu of a label", "/", ".context", press("#folders [data-tag]", "right"), wide=True),
    Screen("keys", "/", "#shortcuts .keys", key("?"), wide=True),
    Screen(
        "a word about what was done",
        "/",
        ".toast",
        key("*", "a"),
        ready(".list__actions"),
        press(".list__actions [data-do=read]"),
    ),
    # finding
    Screen("found", "/search/?q=lighthouse", ".finding", who=NORA),
    Screen("not found", "/search/?q=zzzzqqqq", ".empty"),
    Screen(
        "how it is sorted",
        "/search/?q=the",
        ".finding .menu__panel",
        press(".finding__end summary"),
        who=NORA,
    ),
    Screen("keep a search", "/search/?q=a", ".finding__form", press(".finding__save summary")),
    Screen(
        "suggestions", "/", "[role=option]", press(".seek__input"), typed(".seek__input", "from:s"), who=NORA
    ),
    Screen("search by form", "/search/form/", "form"),
    Screen(
        "what can be asked", "/search/form/", ".search-form__operators", press(".search-form__help summary")
    ),
    Screen("kept searches", "/search/saved/", "h1"),
    # reading
    Screen("conversation", "/c/{long}/", "#subject", who=NORA),
    Screen("newsletter", "/c/{newsletter}/", "#subject", who=NORA),
    Screen("invitation", "/c/{invitation}/", "#subject", who=NORA),
    Screen("letter in a letter", "/c/{enclosing}/", "#subject", who=NORA),
    Screen("digest", "/c/{digest}/", "#subject", who=NORA),
    Screen("report", "/c/{report}/", "#subject", who=NORA),
    Screen("message alone", "/m/{message}/", "article", who=NORA),
    Screen("to whom", "/c/{long}/", ".facts", press(".message__to summary"), who=NORA),
    Screen(
        "more for a message",
        "/c/{long}/",
        ".message__time .menu__panel",
        press(".message__time summary"),
        who=NORA,
    ),
    Screen(
        "more for a conversation",
        "/c/{long}/",
        ".reading__bar .menu__panel",
        press(".reading__bar [data-do=more]"),
        who=NORA,
    ),
    Screen(
        "picture",
        "/c/{pictures}/",
        ".lightbox",
        press(".message__reveal"),
        press("a[data-picture]"),
        who=NORA,
    ),
    Screen("card", "/c/{long}/", ".who-pop", press(".message__name .who"), who=NORA),
    Screen("journey", "/m/{message}/journey/", "h1", who=NORA),
    Screen("original", "/m/{message}/original/", "h1", who=NORA),
    Screen("print", "/m/{message}/print/", "h1", who=NORA),
    # writing
    Screen("new letter", "/compose/", ".letter", WRITE),
    Screen("answer in its place", "/", "#composer .letter__rich", OPEN, press("a[href*='/compose/reply/']")),
    Screen(
        "cc and bcc",
        "/compose/",
        "[data-optional=bcc] input",
        WRITE,
        press("[data-reveal=bcc]"),
        press("[data-reveal=cc]"),
    ),
    Screen("who is meant", "/compose/", ".guess", WRITE, typed("[data-recipients] input", "n")),
    Screen("chips", "/compose/?to=nora@tidemark.example,wrong", ".chip", WRITE),
    Screen(
        "formats", "/compose/", "[data-style=bold]", WRITE, press("[data-do=rich]"), press("[data-do=rich]")
    ),
    Screen("colours", "/compose/", "[data-colour]", WRITE, press("[data-style=colour]")),
    Screen("link", "/compose/", ".letter__link", WRITE, press("[data-style=link]")),
    Screen("ways to send", "/compose/", ".letter__when", WRITE, press(".split__more")),
    Screen(
        "templates of a letter",
        "/compose/",
        ".letter__templates",
        WRITE,
        press(".menu:has(> .letter__templates) > summary"),
    ),
    Screen("doubts", "/compose/?to=sam@tidemark.example", "dialog[open]", WRITE, press(".letter__send")),
    # people
    Screen("contacts", "/contacts/", ".somebody"),
    Screen("contacts of nobody yet", "/contacts/", "h1", who=NORA),
    Screen("group", "/contacts/?group={group}", "h1"),
    Screen("menu of a group", "/contacts/?group={group}", ".people__panel", press(".people__group summary")),
    Screen("person", "/contacts/{person}/", "h1"),
    Screen("change a person", "/contacts/{person}/edit/", "form"),
    Screen("new person", "/contacts/new/", "form"),
    Screen("twice the same", "/contacts/merge/", "h1"),
    Screen("people in and out", "/contacts/import/", "h1"),
    Screen("card of an address", "/contacts/card/?address=sam@tidemark.example&name=Sam", "h1, h2"),
    # settings
    Screen("settings", "/preferences/", "h1"),
    Screen("index of settings", "/preferences/all/", "h1"),
    Screen("appearance", "/preferences/appearance/", "h1"),
    Screen("privacy", "/preferences/privacy/", "h1"),
    Screen("password", "/preferences/password/", "h1"),
    Screen("programs", "/preferences/programs/", "h1"),
    Screen("storage", "/preferences/storage/", "h1"),
    Screen("notifications", "/notifications/", "h1"),
    Screen("mail in and out", "/preferences/transfer/", "h1"),
    Screen("identities", "/preferences/identities/", "h1"),
    Screen("identity", "/preferences/identities/new/", ".letter__rich, textarea"),
    Screen("templates", "/preferences/templates/", "h1"),
    Screen("template", "/preferences/templates/new/", ".letter__rich, textarea"),
    Screen("shared mailboxes", "/preferences/shared/", "h1"),
    Screen("blocked senders", "/preferences/blocked/", "h1"),
    Screen("shortcuts", "/preferences/shortcuts/", "h1"),
    Screen("labels", "/label/", "h1"),
    Screen("folders", "/folders/", "h1"),
    Screen(
        "change a folder", "/folders/", ".menu__panel, .rename", press("main li:has-text('Proofs') summary")
    ),
    # running the place
    Screen("office", "/admin/", "h1, #site-name", who=ADMIN),
    Screen("accounts", "/admin/mailcore/account/", "#result_list", who=ADMIN),
    Screen(
        "account",
        "/admin/mailcore/account/",
        "#account_form",
        press("#result_list th a[href$='/change/']"),
        who=ADMIN,
    ),
    Screen("new account", "/admin/mailcore/account/add/", "#account_form", who=ADMIN),
    Screen("aliases", "/admin/mailcore/alias/", "h1", who=ADMIN),
    Screen("new alias", "/admin/mailcore/alias/add/", "form", who=ADMIN),
    Screen("domains", "/admin/mailcore/domain/", "#result_list", who=ADMIN),
    Screen("new domain", "/admin/mailcore/domain/add/", "form", who=ADMIN),
    Screen("keys of domains", "/admin/mailcore/dkimkey/", "h1", who=ADMIN),
    Screen("routes", "/admin/mailcore/route/", "h1", who=ADMIN),
    Screen("new route", "/admin/mailcore/route/add/", "form", who=ADMIN),
    Screen("types of files", "/admin/mailcore/mimetype/", "h1", who=ADMIN),
    Screen("queue", "/admin/mailcore/outboundmessage/", "h1", who=ADMIN),
    Screen("recipients in the queue", "/admin/mailcore/outboundrecipient/", "h1", who=ADMIN),
    Screen(
        "domain",
        "/admin/mailcore/domain/",
        ".records",
        press("#result_list th a[href$='/change/']"),
        who=ADMIN,
    ),
    Screen(
        "delete an alias",
        "/admin/mailcore/alias/",
        "form [type=submit]",
        press("#result_list th a[href$='/change/']"),
        press(".deletelink"),
        who=ADMIN,
    ),
]


# --- what is there to be seen ---------------------------------------------------------------------------------


def planted(ines: BrowserContext, nora: BrowserContext) -> dict[str, str]:
    """One of everything for Ines, and where the demo's letters of Nora are."""

    def post(to: str, /, **fields: str | list[str]) -> str:
        token = next(one["value"] for one in ines.cookies() if one["name"] == "csrftoken")
        answer = ines.request.post(to, form={"csrfmiddlewaretoken": token, **fields})  # type: ignore[dict-item]
        assert answer.ok, f"{to}: {answer.status} {answer.text()[:2000]}"
        return answer.url

    def seen(person: BrowserContext, address: str, pattern: str) -> str:
        text = person.request.get(address).text()
        found = re.search(pattern, text)
        assert found, f"nothing like {pattern} at {address}:\n{text[:9000]}"
        return found[1]

    def letter(subject: str) -> str:
        return seen(nora, f'/search/?q=subject:"{subject}"', r'href="/c/(\d+)/')

    ids = {
        "long": letter("The Slow Atlas: second proofs"),
        "newsletter": letter("The case for shorter books"),
        "invitation": letter("Invitation: Spring list"),
        "enclosing": letter("A reader writes"),
        "digest": letter("Coast Log, three entries"),
        "report": letter("Not delivered"),
        "pictures": letter("Photos from the allotment"),
    }
    ids["message"] = seen(nora, f"/c/{ids['long']}/", r'id="m(\d+)"')
    inbox = ines.request.get("/").text()
    first, second, third = list(dict.fromkeys(re.findall(r'href="/c/(\d+)/', inbox)))[:3]
    post("/actions/", action="label", new_label="Proofs", conversation=first)
    post("/actions/", action="label", new_label="Printers", conversation=second)
    ids["label"] = seen(ines, "/label/", r'href="/label/(\d+)/')
    post("/folders/create/", name="Proofs")
    ids["folder"] = seen(ines, "/", r'href="/mail/(\d+)/"[^>]*>(?:(?!</a>).)*Proofs')
    post("/later/snooze/", conversation=third, when="tomorrow")
    ids["snoozed"] = seen(ines, "/", r'href="/mail/(\d+)/"[^>]*>(?:(?!</a>).)*Snoozed')
    post("/later/remind/", conversation=second, remind="3")
    draft = seen(ines, "/compose/", r'data-letter="(\d+)"')
    post(f"/compose/{draft}/", to="sam@tidemark.example", subject="In a week", text="Then.", when="tomorrow")
    for name, query in {"Proofs": "label:proofs", "Large": "larger:1M"}.items():
        post("/search/saved/save/", name=name, q=query)
    for given, family in (("Maud", "Ferris"), ("Maud", "Ferris"), ("Ben", "Achter")):
        post("/contacts/new/", given=given, family=family, organisation="Tidemark", birthday="1980-02-03",
             notes="By the pier.", addresses_value=f"{given.lower()}@far.example", addresses_label="work",
             phones_value="+44 20 7946 0000", phones_label="home")  # fmt: skip
    ids["person"] = seen(ines, "/contacts/", r'href="/contacts/(\d+)/"')
    ids["group"] = post("/contacts/group/", do="create", name="Pier").rpartition("=")[2]
    post("/contacts/act/", do=f"group:{ids['group']}", person=ids["person"])
    post("/preferences/identities/new/", name="Maud of the Press", address=INES, text="Yours")
    post("/preferences/templates/new/", name="Thanks", subject="Thanks", text="Thank you.")
    post("/preferences/blocked/", block="loud@far.example")
    post("/preferences/shared/give/", address="sam@tidemark.example", may_send="1")
    post("/preferences/programs/create/", label="Phone")
    return ids
