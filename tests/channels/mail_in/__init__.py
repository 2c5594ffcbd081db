"""Mail coming in, against a real IMAP server and mails that nobody here wrote."""
