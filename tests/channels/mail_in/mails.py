"""Mails as other systems write them about letters of ours: invented people, real shapes."""

from email.message import EmailMessage

SENDER, ADDRESSEE = "lienhe@example.vn", "nguyen.van.an@example.com"
LETTER = "<01931c5e-7a3b-7c11-9d2e-5f6a7b8c9d0e@localhost>"


def returned(message_id: str = LETTER) -> bytes:
    """The header of the letter that came back, and its text."""
    lines = [f"From: {SENDER}", f"To: {ADDRESSEE}", f"Message-ID: {message_id}", "Subject: Da nhan"]
    return "\r\n".join([*lines, "", "Kinh chao quy khach.", ""]).encode()


def report(
    *,
    message_id: str = LETTER,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 User unknown",
    notice: str = "Sorry.",
) -> bytes:
    """A report as RFC 3464 has it."""
    fields = [f"Final-Recipient: rfc822; {ADDRESSEE}", f"Action: {action}", f"Status: {status}", f"Diagnostic-Code: {diagnostic}"]
    return b"\r\n".join([
        b"Return-Path: <>",
        b"From: MAILER-DAEMON@mx.example.com (Mail Delivery System)",
        f"To: {SENDER}".encode(),
        b"Subject: Undelivered Mail Returned to Sender",
        b"Auto-Submitted: auto-replied",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"',
        b"",
        b"--=_b",
        b"Content-Type: text/plain; charset=us-ascii",
        b"",
        b"Sorry.",
        b"--=_b",
        b"Content-Type: message/delivery-status",
        b"",
        b"Reporting-MTA: dns; mx.example.com",
        b"",
        *(field.encode() for field in fields),
        b"",
        b"--=_b",
        b"Content-Type: message/rfc822",
        b"",
        returned(message_id),
        b"--=_b--",
        b"",
    ])  # fmt: skip


def plain(*, subject: str, text: str, sender: str = "MAILER-DAEMON@mx.example.com", **headers: str) -> bytes:
    """A mail without parts."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, SENDER, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()
