"""The sentence beside a fault in what was sent, in the language of the page."""

from django.utils.translation import gettext, ngettext

from camket.duties.intake import rules
from camket.duties.notices.rules import PERSONAL, NoticeFault
from camket.policy.compiled import CompiledPolicy

_MOST_OF_A_NAME = 60  # characters of a file's name in a sentence


def error_sentence(error: rules.FieldError, policy: CompiledPolicy, language: str) -> str:
    """
    Return the sentence that helps with one fault; it never repeats what was typed, but says which file it is about.

    Args:
        error: The fault.
        policy: The edition in force.
        language: `vi` or `en`.
    """
    sentences = {
        "required": text_sentence("required"),
        "one_of": gettext("Please leave an e-mail address or a phone number, so that we can answer you."),
        "too_long": text_sentence("too_long", limit=error.limit),
        "bad_email": gettext("This does not look like a complete e-mail address. It should look like name@example.com."),
        "likely_typo": gettext("Does it end in %(domain)s? If what you typed is right, just send it once more.") % {"domain": error.hint},
        "bad_phone": gettext(
            "This does not look like a complete phone number. A mobile number has ten digits, a landline eleven; "
            "a number from abroad begins with + and the country code."
        ),
        "bad_name": gettext("Please write your name in letters; links and e-mail addresses belong in the message."),
        "short_name": gettext("Please write your name more fully."),
        "bad_address": gettext("Please write the address in full: house number, street, ward, city."),
        "control_character": gettext("There is a character in it that cannot be read. Please type it again rather than pasting it."),
        "invisible_character": gettext("There is an invisible character in it. Please type it again rather than pasting it."),
        "bad_encoding": gettext("Part of it arrived damaged. Please type it again."),
        "busy": gettext("We could not keep it just now. Please send it again in a moment; nothing you typed is lost."),
        "doubled": gettext("This was sent twice in one form. Please send it once."),
        "unknown_field": gettext("The form sent something that it does not ask for. Please start again from the page itself."),
        "unknown_consent": gettext("The form sent a consent that it does not ask for. Please start again from the page itself."),
        "unknown_product": gettext("There is no product of this name."),
        "consent_required": gettext("We may only keep and answer your inquiry if you agree to it here."),
        "not_for_this": gettext("We only take this for “%(purpose)s”. Please tick that line, or leave this empty.")
        % {"purpose": policy.label("purpose", error.hint, language) if error.hint else ""},
        "edition_superseded": gettext(
            "Our policy has changed since this page was opened. Please read it again and tick what you agree to; nothing you typed is lost."
        ),
        "form_expired": gettext("This page was open for too long. Please look it through and send it again; nothing you typed is lost."),
        "too_many": gettext(
            "Very many forms have come from your network within the hour. Please keep this page open and send it again in about an hour."
        ),
        "trap": gettext("A field that people do not see was filled in. Please send it again; nothing you typed is lost."),
        "too_many_bytes": gettext(
            "Many files have come from your network within the hour. Please send it without files now, or with them in about an hour."
        ),
        "no_room_for_files": gettext("We have no room for files just now. Please send it without them; nothing you typed is lost."),
        "sent_differently": gettext("This form was already sent with different content. Please check your inbox, or start a new inquiry."),
    }
    return sentences.get(error.code) or _file_sentence(error) or gettext("Please look at this once more.")


def _file_sentence(error: rules.FieldError) -> str:
    """The sentence about files, or nothing: which of them, and what may be sent instead."""
    sentences = {
        "too_many_files": gettext("Please choose at most %(limit)d files."),
        "file_empty": gettext("“%(name)s” is empty."),
        "file_kind": gettext(
            "“%(name)s” cannot be taken: we take PDF, PNG, JPEG, WebP and plain text (UTF-8), and go by what is in a file, not by its name."
        ),
        "file_too_large": gettext("“%(name)s” is larger than %(limit)d MB."),
        "files_too_large": gettext("Together the files are larger than %(limit)d MB."),
        "files_cut_short": gettext(
            "The files did not arrive whole, so none was kept. Together they may have %(limit)d MB, and have to arrive within a minute. "
            "Please choose them again, or smaller ones."
        ),
        "choose_again": gettext("Your browser does not keep files that were chosen before. Please choose them again."),
    }
    name = error.name if len(error.name) <= _MOST_OF_A_NAME else f"{error.name[:_MOST_OF_A_NAME]}…"
    return sentences.get(error.code, "") % {"limit": error.limit, "name": name}


def text_sentence(code: str, *, limit: int = 0) -> str:
    """
    Return the sentence beside a text that cannot be kept, where its page has none of its own for the fault.

    Args:
        code: `required` or `too_long`; any other is a character that cannot be kept.
        limit: How many characters there may be, of a text that is too long.
    """
    if code == "required":
        return gettext("Please fill this in.")
    if code == "too_long":
        return ngettext(
            "This is longer than the %(limit)d character we can take.", "This is longer than the %(limit)d characters we can take.", limit
        ) % {"limit": limit}
    return gettext("There is a character in it that cannot be kept. Please type it again.")


def writing_sentence(code: str) -> str:
    """
    Return the sentence beside what a colleague wrote and cannot be kept.

    Args:
        code: Of the fault.
    """
    sentences = {"required": gettext("Nothing has been written here yet."), "too_long": gettext("This is too long to be kept at once.")}
    return sentences.get(code) or text_sentence(code)


def notice_sentence(fault: NoticeFault) -> str:
    """
    Return the sentence that helps with one part of a notice to many; it never repeats what was typed.

    Args:
        fault: Why the part cannot be kept.
    """
    if fault.code == "required":
        return gettext("Please fill this in: every letter goes out in the language of whoever gets it.")
    if fault.code == "too_long":
        return gettext("Please say it in at most %(limit)d characters.") % {"limit": fault.limit}
    if fault.code == PERSONAL:
        return gettext(
            "This looks like an e-mail address or a telephone number. A notice is stored unencrypted and goes to everyone: "
            "it may not contain anything about a person."
        )
    return text_sentence(fault.code)
