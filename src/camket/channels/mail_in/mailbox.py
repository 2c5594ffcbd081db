"""A mailbox read over IMAP without leaving a trace: nothing is marked as seen, and only what was understood is ever moved."""

import contextlib
import hashlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from camket.channels.mail_in.anatomy import MOST_BYTES
from camket.channels.mail_in.place import Place, Tls, folder_on_the_wire
from camket.channels.names import connect
from camket.channels.shears import Shears, Watch

FOLDER = "Camket-returned"  # where what was understood waits to be deleted; the mailbox's owner can look at it there
_MOST_ANSWER = 4 * MOST_BYTES  # of one answer of the server
_MOST_SECONDS = 20.0  # for one answer
WHOLE_SECONDS = 280.0  # from opening to closing: a server that dribbles answers within each limit, and never
_GOODBYE_SECONDS = 2.0
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")
_DELIMITER = re.compile(rb'\) "(.)" ')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NO_ANSWER = (imaplib.IMAP4.abort, OSError, EOFError)


class MailboxFault(Exception):
    """The mailbox cannot be read; `code` says why, and nothing of what the server said is repeated."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail, or its beginning. It is held in memory and nowhere else."""

    uid: int
    size_bytes: int
    head: bytes = field(repr=False)

    @property
    def mark(self) -> str:
        """By what it is known when it is read again, under another number too."""
        return hashlib.sha256(str(self.size_bytes).encode() + b"\0" + self.head).hexdigest()


class _Measured:
    """A connection that takes no answer, and no part of one, beyond what a mail may have, and is cut when the whole time is up."""

    def __init__(self, *arguments: Any, watch: Watch, **named: Any) -> None:
        self._watch = watch
        super().__init__(*arguments, **named)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        opened = self._wrapped(connect(self.host, self.port, seconds=timeout or _MOST_SECONDS))  # type: ignore[attr-defined]  # of the client, as below
        self._watch(opened)
        return opened

    def _wrapped(self, opened: socket.socket) -> socket.socket:
        return opened

    def shutdown(self) -> None:
        """Close the connection."""
        super().shutdown()  # type: ignore[misc]  # of the client that this is mixed into
        self._watch(None)

    def read(self, size: int) -> bytes:
        if size > _MOST_ANSWER:
            raise imaplib.IMAP4.abort("an answer too long")
        return super().read(size)  # type: ignore[misc, no-any-return]  # of the client that this is mixed into


class _Plain(_Measured, imaplib.IMAP4): ...


class _Encrypted(_Measured, imaplib.IMAP4_SSL):
    def _wrapped(self, opened: socket.socket) -> socket.socket:
        wrapped: socket.socket = self.ssl_context.wrap_socket(opened, server_hostname=self.host)
        return wrapped


class Mailbox:
    """An open mailbox, for a `with` block."""

    def __init__(self, place: Place, *, seconds: float = _MOST_SECONDS, whole_seconds: float = WHOLE_SECONDS) -> None:
        self._place = place
        self._seconds = seconds
        self._shears = Shears(whole_seconds)
        self._ending = contextlib.ExitStack()
        self._client: Any = None
        self._can: frozenset[str] = frozenset()
        self.uid_validity = 0

    def __enter__(self) -> "Mailbox":
        self._ending.enter_context(self._shears.at_hand())
        try:
            with _faults("imap.no_connection"):
                self._client = self._connect()
        except MailboxFault:
            self._close()
            raise
        try:
            with _faults("imap.auth_refused"):
                self._sign_in()
            self._select(folder_on_the_wire(self._place.folder))
        except MailboxFault:
            self._leave()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        self._leave()

    def _connect(self) -> imaplib.IMAP4:
        host, port = self._place.host, self._place.port
        if self._place.tls is Tls.IMPLICIT:
            return _Encrypted(host, port, ssl_context=ssl.create_default_context(), timeout=self._seconds, watch=self._shears.watch)
        client = _Plain(host, port, timeout=self._seconds, watch=self._shears.watch)
        if self._place.tls is Tls.STARTTLS:
            with _faults("imap.tls_refused"):
                client.starttls(ssl.create_default_context())
        return client

    def _sign_in(self) -> None:
        username, password = self._place.username, self._place.password
        if (username + password).isascii():
            self._client.login(username, password)
        else:
            self._client.authenticate("PLAIN", lambda _: f"\0{username}\0{password}".encode())
        # asked again: what a server can do it tells whoever has signed in, and the library asks before
        told = b" ".join(one for one in self._ask("capability") if isinstance(one, bytes))
        self._can = frozenset(told.decode("ascii", "replace").upper().split())

    def _leave(self) -> None:
        with self._shears.at_hand(_GOODBYE_SECONDS), contextlib.suppress(imaplib.IMAP4.error, *_NO_ANSWER):
            self._client.logout()
        with contextlib.suppress(OSError):
            self._client.shutdown()
        self._close()

    def _close(self) -> None:
        self._ending.close()
        self._shears.watch(None)

    def _select(self, folder: str) -> None:
        with _faults("imap.no_folder"):
            self._ask("select", folder)
            (told,) = self._client.response("UIDVALIDITY")[1] or [b"0"]
        self.uid_validity = int(told or 0)

    def uids_after(self, uid: int) -> list[int]:
        """
        Return the numbers of the mails that came after one, oldest first.

        Args:
            uid: Number of the last mail that was looked at.

        Raises:
            MailboxFault: The server does not answer, or with something else.
        """
        return [one for one in self._search("UID", f"{uid + 1}:*") if one > uid]

    def uids_since(self, day: date) -> list[int]:
        """
        Return the numbers of the mails that arrived on a day or later, oldest first.

        Args:
            day: By the server's own calendar.

        Raises:
            MailboxFault: The server does not answer, or with something else.
        """
        return self._search("SINCE", _day(day))

    def newest_uid(self) -> int:
        """
        Return the number of the mail that came last, or 0 where there is none.

        Raises:
            MailboxFault: The server does not answer, or with something else.
        """
        return max(self._search("UID", "*"), default=0)

    def _search(self, *terms: str) -> list[int]:
        with _faults("imap.refused"):
            found = self._uid("SEARCH", *terms)
            return sorted(int(one) for part in found if part for one in part.split())

    def fetch(self, uid: int) -> Mail | None:
        """
        Return a mail as far as it is read, unseen as it was; None where it is no longer there.

        Args:
            uid: Its number.

        Raises:
            MailboxFault: The server does not answer, or with something else.
        """
        with _faults("imap.refused"):
            answer = self._uid("FETCH", str(uid), f"(RFC822.SIZE BODY.PEEK[]<0.{MOST_BYTES}>)")
        told = [part for part in answer if isinstance(part, tuple)]
        if not told:
            return None
        size = _SIZE.search(b" ".join(part if isinstance(part, bytes) else part[0] for part in answer if part))
        head = told[0][1][:MOST_BYTES]
        return Mail(uid=uid, size_bytes=int(size[1]) if size else len(head), head=head)

    def put_away(self, uid: int, *, keeps: bool) -> bool:
        """
        Take a mail that was understood out of the mailbox, and return whether the mailbox allowed it.

        Args:
            uid: Its number.
            keeps: Whether it goes into a folder of its own for the time being, or is deleted.

        Raises:
            MailboxFault: The server does not answer.
        """
        try:
            with _faults("imap.refused"):
                if keeps:
                    self._move(str(uid))
                else:
                    self._delete(str(uid))
        except MailboxFault as fault:
            if fault.code != "imap.refused":
                raise
            return False
        return True

    def delete_kept(self, *, before: date) -> int:
        """
        Delete for good what was put away and arrived before a day, and return how much that was. The mailbox itself is no longer selected afterwards.

        Args:
            before: By the server's own calendar.

        Raises:
            MailboxFault: The server does not answer.
        """
        for name in self._names():
            try:
                self._select(name)
            except MailboxFault as fault:
                if fault.code != "imap.no_folder":
                    raise
                continue
            old = self._search("BEFORE", _day(before))
            with _faults("imap.refused"):
                for uid in old:
                    self._uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
                self._ask("expunge")  # of this folder everything that is marked may go: it is ours
            return len(old)
        return 0

    def _move(self, uid: str) -> None:
        fault: imaplib.IMAP4.error | None = None
        for name in self._names():
            self._client.create(name)  # that it is there already is an answer like another
            try:
                if "MOVE" in self._can:
                    self._uid("MOVE", uid, name)
                else:
                    self._uid("COPY", uid, name)
                    self._delete(uid)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as refused:
                fault = refused
                continue
            return
        raise fault or imaplib.IMAP4.error("no folder")

    def _delete(self, uid: str) -> None:
        self._uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
        # without UIDPLUS it stays marked: a plain EXPUNGE would also delete what somebody else has only marked
        if "UIDPLUS" in self._can:
            self._uid("EXPUNGE", uid)

    def _names(self) -> list[str]:
        """Under which names the folder may be made: some servers keep every folder below the inbox."""
        answer = self._ask("list", '""', '""')
        found = _DELIMITER.search(answer[0]) if answer and isinstance(answer[0], bytes) else None
        below = f"INBOX{found[1].decode('ascii', 'replace')}{FOLDER}" if found else FOLDER
        return [folder_on_the_wire(name) for name in dict.fromkeys((FOLDER, below))]

    def _uid(self, *command: str) -> list[Any]:
        return self._ask("uid", *command)

    def _ask(self, verb: str, *command: str) -> list[Any]:
        status, answer = getattr(self._client, verb)(*command)
        if status != "OK":
            raise imaplib.IMAP4.error(verb)
        return list(answer)


def _day(day: date) -> str:
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"  # never in the machine's language


@contextlib.contextmanager
def _faults(refused: str) -> Iterator[None]:
    """Turn what goes wrong into a code; `from None`, for a server's words may hold anything."""
    try:
        yield
    except TimeoutError:
        raise MailboxFault("imap.timeout") from None
    except ssl.SSLError:
        raise MailboxFault("imap.tls_refused") from None
    except imaplib.IMAP4.abort:
        raise MailboxFault("imap.connection_lost") from None
    except (OSError, EOFError):
        raise MailboxFault("imap.no_connection") from None
    except (imaplib.IMAP4.error, ValueError, LookupError, TypeError):
        raise MailboxFault(refused) from None
