"""Why a letter or a notice to many did not go out, and what another mail system said of a letter that did."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_noop

CAMPAIGN_CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "by.hand": gettext_noop("It was paused by hand."),
        "carrier.refuses": gettext_noop(
            "The mail server refused every letter of a batch. That says nothing about the people: look at the mail server, then resume."
        ),
        "smtp.auth_refused": gettext_noop("The mail server refuses our user name or password. Once it takes them, this goes on by itself."),
        "smtp.no_name": gettext_noop("The name of the mail server cannot be looked up. Once it is found, this goes on by itself."),
        "smtp.connection_lost": gettext_noop("The mail server closes the connection. Letters wait, and go out by themselves once it takes them."),
        "smtp.no_connection": gettext_noop("The mail server cannot be reached. Letters wait, and go out by themselves once it is."),
        "smtp.timeout": gettext_noop("The mail server does not answer in time. Letters wait, and go out by themselves once it does."),
        "smtp.tls_refused": gettext_noop(
            "The mail server offers no connection that can be trusted. Letters wait, and go out by themselves once it does."
        ),
        "house.restored": gettext_noop(
            "The system was restored from a backup. Letters sent after the backup would be sent again: "
            "let it go out only if you know that there were few."
        ),
        "policy.refused": gettext_noop("No clause of the edition in force lets these letters go out. Nothing more is sent."),
    }
)

LETTER_ERRORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "address.enough": gettext_noop("this address has had as much advertising as the law allows for now"),
        "address.gone": gettext_noop("the address is no longer held"),
        "address.unreachable": gettext_noop(
            "an earlier letter to this person was refused or came back; try again if you know that the address works"
        ),
        "address.unproven": gettext_noop("the person has not confirmed that the address is theirs"),
        "advertising.stopped": gettext_noop("the person takes no more advertising"),
        "answer.unknown": gettext_noop("nobody knows whether it was delivered"),
        "given.up": gettext_noop("it was given up"),
        "house.restored": gettext_noop("the system was restored from a backup; it may have gone out before"),
        "hour.spent": gettext_noop("this address has just been sent as many letters as an hour allows"),
        "invented": gettext_noop("its addressee is invented"),
        "no.address": gettext_noop("there is no address to send it to"),
        "not.concerned": gettext_noop("it no longer concerns the person"),
        "policy.refused": gettext_noop("the policy does not let it be sent"),
        "smtp.auth_refused": gettext_noop("the mail server refused our user name or password"),
        "smtp.connection_lost": gettext_noop("the mail server closed the connection"),
        "smtp.no_connection": gettext_noop("the mail server cannot be reached"),
        "smtp.no_name": gettext_noop("the name of the mail server cannot be looked up"),
        "smtp.timeout": gettext_noop("the mail server did not answer in time"),
        "smtp.tls_refused": gettext_noop("the mail server offers no connection that can be trusted"),
        "smtp.unknown": gettext_noop("nobody knows whether it was delivered"),
        "taken.back": gettext_noop("its writer took it back in time"),
    }
)

# by what the other system's own number says, and where that is not listed by the kind of its answer
LETTER_RETURNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "5.1.0": gettext_noop("it came back: there is no such address"),
        "5.1.1": gettext_noop("it came back: there is no such address"),
        "5.1.10": gettext_noop("it came back: that domain takes no mail"),
        "5.1.2": gettext_noop("it came back: there is no such domain"),
        "5.1.3": gettext_noop("it came back: there is no such address"),
        "5.1.6": gettext_noop("it came back: the mailbox has moved"),
        "5.2.1": gettext_noop("it came back: the mailbox is closed"),
        "5.2.2": gettext_noop("it came back for now: the mailbox is full"),
        "4.2.2": gettext_noop("it came back for now: the mailbox is full"),
        "5.4.4": gettext_noop("it came back: there is no such domain"),
        "address.unknown": gettext_noop("it came back: there is no such address"),
        "away": gettext_noop("delivered; the recipient's mailbox answered by itself"),
        "delayed": gettext_noop("another mail system is still trying to deliver it"),
        "domain.unknown": gettext_noop("it came back: there is no such domain"),
        "hard": gettext_noop("it came back and cannot be delivered"),
        "mailbox.closed": gettext_noop("it came back: the mailbox is closed"),
        "mailbox.full": gettext_noop("it came back for now: the mailbox is full"),
        "soft": gettext_noop("it came back for now"),
    }
)
