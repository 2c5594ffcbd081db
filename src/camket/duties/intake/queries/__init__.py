"""Reading inquiries. Every list, count, search, page and poll goes through `in_scope`, and every word of a person through the gate."""

from collections.abc import Collection
from uuid import UUID

from camket.duties.intake.models import Inquiry, Message
from camket.duties.intake.queries.concerned import concerned
from camket.duties.intake.queries.consents import NotProvable, OwnConsent, OwnConsents, SaidTo, consent_receipt, own_consents
from camket.duties.intake.queries.days import DAYS, Activity, DayRow, StaffWork, activity
from camket.duties.intake.queries.figures import count_answered
from camket.duties.intake.queries.filters import InboxFilter, filter_names, filter_of
from camket.duties.intake.queries.finding import Found, can_find, found_again, found_by
from camket.duties.intake.queries.listing import COUNTED, Inbox, beside, counts, inbox, place_of_inquiry
from camket.duties.intake.queries.own import FilterRow, TextRow, canned_texts, saved_filters
from camket.duties.intake.queries.page import (
    FieldRow,
    FileRow,
    FurtherCard,
    InquiryPage,
    NeedLine,
    TakenBack,
    TimelineRow,
    brief,
    inquiry_page,
    is_taken_back,
)
from camket.duties.intake.queries.polling import News, lately, mark_of_list, marks_of, news, sequence_of
from camket.duties.intake.queries.receipts import UNDO_FOR, LastAct, last_desk_act
from camket.duties.intake.queries.rows import Colleague, InquiryRow, advisers_in, colleagues, name_in
from camket.duties.intake.queries.scope import NotFound, in_scope
from camket.duties.intake.queries.spoken import earliest_no, earliest_yes, faulty_yes
from camket.journal.paging import ListPlace, place_in_list

__all__ = [
    "COUNTED",
    "DAYS",
    "UNDO_FOR",
    "Activity",
    "Colleague",
    "DayRow",
    "FieldRow",
    "FileRow",
    "FilterRow",
    "Found",
    "FurtherCard",
    "Inbox",
    "InboxFilter",
    "InquiryPage",
    "InquiryRow",
    "LastAct",
    "ListPlace",
    "NeedLine",
    "News",
    "NotFound",
    "NotProvable",
    "OwnConsent",
    "OwnConsents",
    "SaidTo",
    "StaffWork",
    "TakenBack",
    "TextRow",
    "TimelineRow",
    "activity",
    "advisers_in",
    "answers_among",
    "beside",
    "brief",
    "can_find",
    "canned_texts",
    "colleagues",
    "concerned",
    "consent_receipt",
    "count_answered",
    "count_assigned",
    "counts",
    "earliest_no",
    "earliest_yes",
    "faulty_yes",
    "filter_names",
    "filter_of",
    "found_again",
    "found_by",
    "in_scope",
    "inbox",
    "inquiry_page",
    "is_any",
    "is_taken_back",
    "last_desk_act",
    "lately",
    "mark_of_list",
    "marks_of",
    "name_in",
    "news",
    "own_consents",
    "place_in_list",
    "place_of_inquiry",
    "saved_filters",
    "sequence_of",
]


def is_any() -> bool:
    """Return whether there is any inquiry at all."""
    return Inquiry.objects.exists()


def count_assigned(staff_id: UUID) -> int:
    """Return how many open inquiries somebody takes care of: a number, for whoever has to hand them over."""
    return Inquiry.objects.open_of(staff_id).count()


def answers_among(records: Collection[UUID]) -> frozenset[UUID]:
    """
    Return those of some records that are answers still: one that was taken back before it went out is a note in the house.

    Args:
        records: Records of any kind, by id.
    """
    return frozenset(Message.objects.filter(record_id__in=records, kind=Message.Kind.ANSWER).values_list("record_id", flat=True))
