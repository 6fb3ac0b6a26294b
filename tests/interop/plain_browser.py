"""A browser without scripts: cookies, forms, pages. Enough to read and write mail over HTTP."""

from __future__ import annotations

import html
import http.cookiejar
import re
import urllib.parse
import urllib.request

from tests.interop.instance import Instance, Person


class PlainBrowser:
    """Signed in as `person`."""

    def __init__(self, instance: Instance, person: Person) -> None:
        self._url = instance.url
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        page = self.get("/login/")
        self.post(
            self._path_of(page, "login"), page, address=person.address, password=person.password, next="/"
        )

    def get(self, path: str) -> str:
        with self._opener.open(self._url + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, page: str, **fields: str) -> str:
        """Send the form that `page` holds, with these fields filled in."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        fields["csrfmiddlewaretoken"] = token[1] if token else ""
        data = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(self._url + path, data, {"Referer": self._url + path})
        with self._opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())

    def inbox(self) -> str:
        """The text of the newest page of the inbox."""
        return html.unescape(self.get("/"))

    def send(self, to: str, subject: str, text: str) -> None:
        page = self.get("/compose/")
        self.post(self._path_of(page, "compose/"), page, to=to, subject=subject, text=text, do="send_anyway")

    @staticmethod
    def _path_of(page: str, beginning: str) -> str:
        found = re.search(rf'<form[^>]*action="(/{beginning}[^"]*)"', page)
        return found[1] if found else f"/{beginning}/"
