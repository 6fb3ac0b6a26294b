"""Every address of the browser's side."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from webmail.views import (
    actions,
    appearance,
    attachment,
    body,
    conversation,
    events,
    health,
    invitation,
    mailbox,
    message,
    search,
    senders,
)

_mailbox = [
    path("<int:mailbox_id>/", mailbox.show, name="show"),
    path("<int:mailbox_id>/rows/", mailbox.rows, name="rows"),
]
_conversation = [
    path("<int:conversation_id>/", conversation.show, name="show"),
    path("<int:conversation_id>/print/", conversation.printed, name="print"),
    path("<int:conversation_id>/opened/", conversation.opened, name="opened"),
]
_message = [
    path("<int:message_id>/", message.show, name="show"),
    path("<int:message_id>/body/<str:number>/", body.show, name="body"),
    path("<int:message_id>/part/<str:number>/", attachment.show, name="attachment"),
    path("<int:message_id>/part/<str:number>/text/", attachment.text, name="text"),
    path("<int:message_id>/part/<str:number>/message/", attachment.letter_within, name="enclosed"),
    path("<int:message_id>/journey/", message.journey, name="journey"),
    path("<int:message_id>/leave/", senders.leave, name="leave"),
    path("<int:message_id>/block/", senders.block, name="block"),
    path("<int:message_id>/part/<str:number>/keep/", senders.keep, name="keep"),
    path("<int:message_id>/part/<str:number>/answer/", invitation.answer, name="answer"),
    path("<int:message_id>/join/", message.join, name="join"),
    path("<int:message_id>/files/", attachment.everything, name="files"),
    path("<int:message_id>/original/", message.original, name="raw"),
    path("<int:message_id>/print/", message.printed, name="print"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", mailbox.inbox, name="home"),
    path("mail/", include((_mailbox, "mailbox"))),
    path("c/", include((_conversation, "conversation"))),
    path("m/", include((_message, "message"))),
    path("actions/", actions.act, name="actions"),
    path("undo/", actions.undo, name="undo"),
    path("folders/rail/", mailbox.folders, name="rail"),
    path("all/", include("webmail.views.unified")),
    path("label/", include("webmail.views.labels")),
    path("search/", search.show, name="search"),
    path("search/", include("webmail.views.search")),
    path("search/", include("webmail.views.search_form")),
    path("search/", include("webmail.views.suggestions")),
    path("search/saved/", include("webmail.views.saved_searches")),
    path("events/", events.stream, name="events"),
    path("appearance/", appearance.choose, name="appearance"),
    path("trust/", appearance.trust, name="trust"),
    path("health/", health.show, name="health"),
    path("compose/", include("webmail.views.compose")),
    path("later/", include("webmail.views.later")),
    path("notifications/", include("webmail.views.push")),
    path("folders/", include("webmail.views.folders")),
    path("contacts/", include("webmail.views.contacts")),
    path("", include("webmail.views.shortcuts")),
    path("", include("webmail.views.worker")),
    path("preferences/blocked/", senders.blocked, name="blocked"),
    path("preferences/", include("webmail.views.preferences")),
    path("preferences/", include("webmail.views.identities")),
    path("preferences/shared/", include("webmail.views.delegation")),
    path("images/", include("webmail.views.images")),
    path("", include("webmail.views.login")),
    path("admin/", admin.site.urls),
]

handler400 = "webmail.views.problems.bad_request"
handler403 = "webmail.views.problems.forbidden"
handler404 = "webmail.views.problems.not_found"
handler500 = "webmail.views.problems.broken"
