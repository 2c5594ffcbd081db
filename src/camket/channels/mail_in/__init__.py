"""Mail coming in: what other mail systems say of our letters, read over IMAP. Everything else in the mailbox is left as it is."""

from camket.channels.mail_in.bounces import Bounce, Kind, read_bounce
from camket.channels.mail_in.mailbox import Mail, Mailbox, MailboxFault
from camket.channels.mail_in.place import PlaceUnreadable
from camket.channels.mail_in.post import MailboxProbe, NoMailbox, mailbox_mark, open_mailbox, probe

__all__ = [
    "Bounce",
    "Kind",
    "Mail",
    "Mailbox",
    "MailboxFault",
    "MailboxProbe",
    "NoMailbox",
    "PlaceUnreadable",
    "mailbox_mark",
    "open_mailbox",
    "probe",
    "read_bounce",
]
