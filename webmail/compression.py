"""Pages travel compressed: brotli, else gzip.

BREACH (SECURITY D25) reads secrets from the length of compressed pages. Django masks the CSRF token anew for every
page, and each compressed answer here carries a header of random length, so that one length says nothing.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable

import brotli
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

SMALLEST = 400  # bytes; less is not worth it
KINDS = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
QUALITY = 5  # a list of fifty rows in a millisecond
LONGEST_PAD = 64


class Compressed:
    """Middleware: whole answers of text, for browsers that ask for it."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._respond(request)
        if isinstance(response, HttpResponse) and _is_worth(response):
            patch_vary_headers(response, ["Accept-Encoding"])
            offered = {
                word.split(";")[0].strip() for word in request.headers.get("Accept-Encoding", "").split(",")
            }
            if "br" in offered:
                _become(response, "br", brotli.compress(response.content, quality=QUALITY))
            elif "gzip" in offered:
                _become(response, "gzip", gzip.compress(response.content, compresslevel=6))
        return response


def _is_worth(response: HttpResponse) -> bool:
    kind = response.headers.get("Content-Type", "")
    return (
        kind.startswith(KINDS)
        and len(response.content) >= SMALLEST
        and "Content-Encoding" not in response.headers
    )


def _become(response: HttpResponse, encoding: str, content: bytes) -> None:
    response.content = content
    response.headers["Content-Encoding"] = encoding
    response.headers["X-Pad"] = secrets.token_urlsafe(LONGEST_PAD)[: secrets.randbelow(LONGEST_PAD)]
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(content))
    if response.headers.get("ETag", "").startswith('"'):
        response.headers["ETag"] = "W/" + response.headers["ETag"]  # the same letter in another envelope
