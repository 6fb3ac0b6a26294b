"""A stranger's IMAP server: folders in a dict, as much of RFC 3501 as somebody asks who only reads."""

from __future__ import annotations

import base64
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "ann@old.example", "päss wörd"


@dataclass
class Letter:
    """A message as it lies there."""

    uid: int
    octets: bytes
    flags: str = ""
    date: str = "17-Jul-2020 02:44:25 -0700"
    labels: str = ""


@dataclass
class Box:
    """A folder there."""

    letters: list[Letter]
    marks: str = "\\HasNoChildren"
    validity: int = 1


@dataclass
class Elsewhere:
    """What it holds, and how it behaves."""

    boxes: dict[str, Box]
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    delimiter: str = "/"
    hang_up_after: int = 1 << 30  # messages whose octets were asked for
    said: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def bodies(self) -> list[str]:
        """The commands that asked for octets."""
        return [line for line in self.said if "BODY.PEEK" in line]


@contextmanager
def running(place: Elsewhere) -> Iterator[Elsewhere]:
    """Serve it on a port of this machine."""

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.box: Box | None = None
            self._say(f"* OK [CAPABILITY {place.capabilities}] hello")
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                place.said.append(line)
                tag, _, rest = line.partition(" ")
                verdict = self._answer(rest)
                if verdict is None:
                    return
                self._say(f"{tag} {verdict}")

        def _say(self, text: str | bytes) -> None:
            self.wfile.write((text.encode("latin1") if isinstance(text, str) else text) + b"\r\n")

        def _answer(self, rest: str) -> str | None:
            verb = rest.split()[0].upper()
            if verb == "CAPABILITY":
                self._say(f"* CAPABILITY {place.capabilities}")
            elif verb == "AUTHENTICATE":
                self._say("+ ")
                given = base64.b64decode(self.rfile.readline()).decode()
                if given != f"\0{USER}\0{PASSWORD}":
                    return "NO [AUTHENTICATIONFAILED] no"
            elif verb == "LIST":
                for name, box in place.boxes.items():
                    self._say(f'* LIST ({box.marks}) "{place.delimiter}" "{name}"')
            elif verb == "STATUS":
                name = rest.split('"')[1]
                self._say(f'* STATUS "{name}" (MESSAGES {len(place.boxes[name].letters)})')
            elif verb == "EXAMINE":
                self.box = place.boxes.get(rest.split('"')[1])
                if self.box is None:
                    return "NO no such mailbox"
                self._say(f"* {len(self.box.letters)} EXISTS")
                self._say(f"* OK [UIDVALIDITY {self.box.validity}] here")
            elif verb == "UID":
                return self._uid(rest)
            else:
                return "BAD what?"
            return "OK done"

        def _uid(self, rest: str) -> str | None:
            assert self.box is not None
            if "SEARCH" in rest:
                first = int(re.findall(r"(\d+):\*", rest)[0])
                found = [letter.uid for letter in self.box.letters if letter.uid >= first]
                found = found or [letter.uid for letter in self.box.letters[-1:]]
                self._say("* SEARCH " + " ".join(map(str, found)))
                return "OK done"
            numbers = [int(number) for number in rest.split()[2].split(",")]
            for place_in_box, letter in enumerate(self.box.letters, 1):
                if letter.uid not in numbers:
                    continue
                if "BODY.PEEK" not in rest:
                    labels = f" X-GM-LABELS ({letter.labels})" if "X-GM-LABELS" in rest else ""
                    self._say(
                        f'* {place_in_box} FETCH (UID {letter.uid} FLAGS ({letter.flags}) INTERNALDATE "{letter.date}"'
                        f" RFC822.SIZE {len(letter.octets)}{labels})"
                    )
                    continue
                place.hang_up_after -= 1
                if place.hang_up_after < 0:
                    return None
                part = re.search(r"<(\d+)\.(\d+)>", rest)
                start, length = (int(part[1]), int(part[2])) if part else (0, len(letter.octets))
                octets = letter.octets[start : start + length]
                where = f"<{start}>" if part else ""
                head = f"* {place_in_box} FETCH (UID {letter.uid} BODY[]{where} {{{len(octets)}}}\r\n"
                self.wfile.write(head.encode() + octets + b")\r\n")
            return "OK done"

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Session) as server:
        place.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield place
        finally:
            server.shutdown()
