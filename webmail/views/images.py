"""Pictures from afar, through us: the sender's server never meets the reader's browser."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mailcore.outside import Refused
from webmail import outside, reader

log = logging.getLogger(__name__)

LONGEST = 4_000
KEPT_SECONDS = 86_400


def proxied(account_id: int, url: str) -> str:
    """The address of ours that shows the picture at `url` to that account, and to nobody else."""
    if len(url) > LONGEST:
        return ""
    return f"{reverse('image')}?{urlencode({'at': url, 'by': _signer(account_id).signature(url)})}"


def _signer(account_id: int) -> signing.Signer:
    return signing.Signer(salt=f"image for {account_id}")


@login_required
@require_GET
def image(request: HttpRequest) -> HttpResponse:
    """Fetch it, if we wrote this address ourselves."""
    url, signature = request.GET.get("at", ""), request.GET.get("by", "")
    try:
        _signer(reader.account_id(request)).unsign(f"{url}:{signature}")
    except signing.BadSignature:
        return HttpResponse(status=404)
    try:
        picture = outside.fetch(url)
    except Refused as reason:
        log.info("image-refused reason=%r", str(reason)[:200])
        return HttpResponse(status=404)
    response = HttpResponse(picture.content, content_type=picture.type)
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Disposition"] = "inline"
    return response


urlpatterns = [path("", image, name="image")]
