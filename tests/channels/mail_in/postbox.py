"""A real IMAP server for tests: Dovecot, in a folder of its own, without root where there is none."""

import getpass
import imaplib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.ports import free_port

_SECRET = "mot-hop-thu"
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{folder}/mail
{users}
passdb {{
  driver = static
  args = password={secret}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/home
}}
namespace inbox {{
  inbox = yes
  {prefix}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class PostboxMissing(Exception):
    """Dovecot is not on this machine, or not one that these tests know how to set up; the message says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postbox:
    """A mailbox on a server that runs."""

    port: int
    folder: Path

    def url(self, name: str = "INBOX", *, secret: str = _SECRET) -> str:
        """The address to put into CAMKET_IMAP_URL."""
        return f"imap://hotro:{secret}@127.0.0.1:{self.port}/{name}?tls=none"

    @contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        """The mailbox as its owner sees it."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.login("hotro", _SECRET)
        try:
            yield client
        finally:
            client.logout()

    def deliver(self, raw: bytes, *, folder: str = "INBOX", at: datetime | None = None) -> None:
        """Leave a mail in the mailbox."""
        with self.opened() as client:
            status, _ = client.append(folder, "", imaplib.Time2Internaldate(at) if at else "", raw)  # type: ignore[arg-type]  # "" is none
            assert status == "OK"

    def empty(self) -> None:
        """Leave the mailbox as new: nothing in it, and counting anew."""
        with self.opened() as client:
            names = [line.decode().rpartition('" ')[2].strip('"') for line in client.list()[1] if isinstance(line, bytes)]
            for name in names:
                client.select(f'"{name}"')
                if client.uid("SEARCH", "ALL")[1][0]:
                    client.store("1:*", "+FLAGS", r"(\Deleted)")
                client.expunge()
                client.unselect()
                if name != "INBOX":
                    client.delete(f'"{name}"')

    def mails(self, folder: str = "INBOX") -> list[tuple[bytes, bytes]]:
        """Flags and raw text of every mail in a folder, oldest first, looked at without leaving a trace; nothing where there is no folder."""
        with self.opened() as client:
            if client.select(f'"{folder}"', readonly=True)[0] != "OK":
                return []
            _, found = client.uid("SEARCH", "ALL")
            return [_one(client, number) for number in (found[0] or b"").split()]


def _one(client: imaplib.IMAP4, number: bytes) -> tuple[bytes, bytes]:
    _, answer = client.uid("FETCH", number.decode(), "(FLAGS BODY.PEEK[])")
    part = next(one for one in answer if isinstance(one, tuple))
    flags = b" ".join(one if isinstance(one, bytes) else one[0] for one in answer if one)
    return flags[flags.index(b"FLAGS (") + 7 :].partition(b")")[0].replace(b"\\Recent", b"").strip(), part[1]


@contextmanager
def postbox(*, prefix: str = "") -> Iterator[Postbox]:
    """
    Run an IMAP server with an empty mailbox.

    Args:
        prefix: Below which every folder lies on this server, such as "INBOX.".

    Raises:
        PostboxMissing: There is no Dovecot 2.3 here.
    """
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise PostboxMissing("no Dovecot here: apt-get install dovecot-imapd")
    version = subprocess.check_output([program, "--version"], text=True).split()[0]
    if not version.startswith("2.3"):
        raise PostboxMissing(f"Dovecot {version} is set up otherwise than 2.3")
    folder = Path(tempfile.mkdtemp(prefix="postbox-"))
    try:
        port = free_port()
        server = _start(program, folder, port, prefix)
        try:
            yield Postbox(port=port, folder=folder)
        finally:
            server.terminate()
            server.wait(timeout=10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(program: str, folder: Path, port: int, prefix: str) -> subprocess.Popen[bytes]:
    for name in ("run", "state", "mail", "home"):
        (folder / name).mkdir()
    is_root = os.getuid() == 0
    mail_user = "nobody" if is_root else getpass.getuser()
    group = subprocess.check_output(["id", "-gn", mail_user], text=True).strip()
    mine = f"default_internal_user = {mail_user}\ndefault_internal_group = {group}\ndefault_login_user = {mail_user}"
    if is_root:
        folder.chmod(0o755)
        for name in ("mail", "home"):
            shutil.chown(folder / name, mail_user, group)
    told = {"users": "" if is_root else mine, "mail_user": mail_user, "mail_group": group}
    separator = f"prefix = {prefix}\n  separator = ." if prefix else "separator = /"
    config = folder / "dovecot.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, secret=_SECRET, prefix=separator, **told) + "first_valid_uid = 1\n", "utf-8")
    server = subprocess.Popen([program, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while True:
        try:
            imaplib.IMAP4("127.0.0.1", port, timeout=2).logout()
        except (OSError, imaplib.IMAP4.error):
            if server.poll() is not None or time.monotonic() > deadline:
                server.kill()
                log = folder / "dovecot.log"
                raise AssertionError(f"Dovecot does not start: {log.read_text('utf-8') if log.exists() else ''}") from None
            time.sleep(0.05)
        else:
            return server
