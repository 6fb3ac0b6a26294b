"""Who writes to whom in the demo: a small publisher, the studio next door, and the world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    address: str
    zone: float = 0.0  # hours east of UTC: what the Date field of their mail says
    signature: str = ""
    agent: str = ""  # what their mail program calls itself

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


PRESS = "tidemark.example"
STUDIO = "kitestudio.example"
DOMAINS = (PRESS, STUDIO)

# What each local account keeps beside the standard mailboxes.
FOLDERS: dict[str, tuple[str, ...]] = {
    "nora": ("Authors", "Production", "Production/Printers", "Travel", "Receipts", "Typography list"),
    "sam": ("Printers", "Invoices"),
    "yuki": ("Commissions", "Reference"),
}

# An alias of the server: address → local accounts.
ALIASES: dict[str, tuple[str, ...]] = {
    f"editors@{PRESS}": ("nora", "theo"),
    f"hello@{PRESS}": ("ines",),
    f"studio@{STUDIO}": ("yuki", "lukas"),
}

PEOPLE: dict[str, Person] = {
    # Tidemark Press
    "nora": Person("Nora Whitfield", f"nora@{PRESS}", 0, "Nora Whitfield\nSenior editor, Tidemark Press"),
    "sam": Person("Sam Okafor", f"sam@{PRESS}", 0, "Sam Okafor · Production · Tidemark Press"),
    "ines": Person("Inés Carvalho", f"ines@{PRESS}", 0, "Inés Carvalho\nPublicity, Tidemark Press"),
    "theo": Person("Theo Brandt", f"theo@{PRESS}", 0, "Theo", "Apple Mail (2.3774)"),
    # Kite & Compass
    "yuki": Person("Yuki Tanabe", f"yuki@{STUDIO}", 1, "Yuki Tanabe · 田辺ゆき\nKite & Compass"),
    "lukas": Person("Lukas Meier", f"lukas@{STUDIO}", 1, "Lukas"),
    # Authors, translators, friends, suppliers: somewhere else
    "amara": Person("Amara Diallo", "amara@diallo.example", 1),
    "henrik": Person("Henrik Solberg", "henrik.solberg@fjordpost.example", 1),
    "leila": Person("ليلى حداد", "leila.haddad@warraq.example", 2),
    "noam": Person("נעם שפירא", "noam@shapira.example", 2),
    "haruka": Person("佐藤 春香", "haruka.sato@hon-to-kami.example", 9),
    "wei": Person("陈伟", "chen.wei@jade-printing.example", 8, "陈伟 Chen Wei\nJade River Printing 玉河印刷"),
    "irina": Person("Ирина Волкова", "irina@volkova.example", 3),
    "claire": Person("Claire Fontaine", "claire.fontaine@librairie-du-port.example", 1),
    "jonas": Person("Jonas Krüger", "j.krueger@buchhandlung-krueger.example", 1),
    "mateo": Person("Mateo Ruiz", "mateo.ruiz@imprenta-sol.example", 1),
    "priya": Person("Priya Raman", "priya.raman@monsoonreview.example", 5.5),
    "dad": Person("Peter Whitfield", "peter.whitfield@hearthmail.example", 0),
    "ella": Person("Ella Whitfield", "ella.w@hearthmail.example", 0, "", "iPhone Mail (22A3354)"),
    "marcus": Person("Marcus Bell", "marcus@bellandco.example", 0, "Marcus Bell\nBell & Co. Literary Agency"),
    "sofia": Person("Sofía Andersson", "sofia@sailcloth.example", 1),
    "ben": Person("Ben Achterberg", "ben@achterberg.example", 1),
    "ruth": Person("Ruth Adeyemi", "ruth.adeyemi@cityhall.example", 0),
    "oskar": Person("Oskar Lind", "oskar@lindtype.example", 1),
    "gwen": Person("Gwen Pryce", "gwen@prycebindery.example", 0),
    "tomas": Person("Tomáš Dvořák", "tomas@sazba.example", 1),
    "postmaster": Person("Mail Delivery Subsystem", f"postmaster@{PRESS}"),
}

LOCAL = tuple(key for key, person in PEOPLE.items() if person.domain in DOMAINS and key != "postmaster")


def person(key: str) -> Person:
    """By key, or written out as `Name <address>` for those who appear once."""
    known = PEOPLE.get(key)
    if known is not None:
        return known
    name, _, address = key.rpartition("<")
    if not address.endswith(">") or "@" not in address:
        raise KeyError(f"nobody is called {key!r}")
    return Person(name.strip(), address[:-1])
