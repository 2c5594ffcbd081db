"""What is kept for several purposes comes under a newer edition by a yes, unless that does more with it for one that takes no yes."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from camket.policy.terms import SUBJECT, Actor
from camket.vault import gate
from camket.vault.models import Record
from tests.vault.deeds import ask_to, collect, consent, revealed, use
from tests.vault.test_editions_that_follow import KEEP, NO_PHONE, PHONE, READ, bind, follow

pytestmark = [pytest.mark.usefixtures("vault"), pytest.mark.clause("8.5")]
MORE = {
    'fields = ["phone"]\nredact = "last4"': 'fields = ["phone"]',
    '[[field]]\nid = "message"': '[[field]]\nid = "company"\nkind = "name"\nmax_length = 120\n\n[[field]]\nid = "message"',
    'fields = ["full_name", "email", "phone"]\npurposes = ["advise", "provide_service", "legal_disclosure"]': (
        'fields = ["full_name", "email", "phone", "company"]\npurposes = ["advise", "provide_service", "legal_disclosure"]'
    ),
    'roles = ["visitor"]\noperations = ["collect"]\npurposes = ["provide_service"]\nfields = ["full_name", "email", "phone"]': (
        'roles = ["visitor"]\noperations = ["collect"]\npurposes = ["provide_service"]\nfields = ["full_name", "email", "phone", "company"]'
    ),
    "[field.message]\n": '[field.company]\nlabel = "Company"\nwhy = "to send an offer"\n[field.message]\n',
    'purposes = ["advise", "provide_service"]\nfields = ["full_name", "email"]': (
        'purposes = ["advise", "provide_service"]\nfields = ["full_name", "email", "company"]'
    ),
    'purposes = ["advise"]\nfields = ["full_name", "email", "phone", "message"]\n```\n\n## 4': (
        'purposes = ["advise"]\nfields = ["full_name", "email", "phone", "message", "company"]\n```\n\n## 4'
    ),
}


def editions_of(kept: gate.SubjectId) -> Mapping[str, int]:
    return dict(Record.objects.filter(subject_id=kept).values_list("collection", "edition"))


class TestWhatServesAContractToo:
    def test_moves_with_a_yes_where_the_contract_only_asks_for_something_new(self, now: datetime) -> None:
        an = collect(now=now)
        follow(3, MORE, now)
        assert revealed(use(an, names=["phone"], now=now))["phone"].startswith("••••")
        consent(an.subject, now=now, edition=3)
        assert bind(an, now) == 2
        assert editions_of(an.subject) == {"contact": 3, "message": 3}
        assert not revealed(use(an, names=["phone"], now=now))["phone"].startswith("••••")

    def test_stays_where_it_would_do_more_with_what_is_kept(self, now: datetime) -> None:
        an = collect(now=now)
        follow(3, {READ: READ.replace('"email"]', '"email", "phone"]'), PHONE: NO_PHONE}, now)
        consent(an.subject, now=now, edition=3)
        bind(an, now)
        assert editions_of(an.subject) == {"contact": 1, "message": 3}

    def test_stays_where_the_contract_keeps_it_longer(self, now: datetime) -> None:
        an = collect(now=now)
        follow(3, {KEEP: 'keep = "P180D"'}, now)
        consent(an.subject, now=now, edition=3)
        bind(an, now)
        assert editions_of(an.subject) == {"contact": 1, "message": 3}


class TestAYesOfBefore:
    def test_covers_what_was_given_where_the_new_edition_only_asks_for_more(self, now: datetime) -> None:
        an = collect(now=now)
        more = {old: new for old, new in MORE.items() if "redact" not in old}
        follow(3, more, now)
        bound = collect(now=now, edition=1)  # kept under 3, agreed to the wording of 1
        assert revealed(use(bound, names=["full_name"], now=now))
        assert use(an, names=["full_name"], now=now)

    def test_covers_nothing_that_is_newly_asked_for(self, now: datetime) -> None:
        an = collect(now=now)
        follow(3, {old: new for old, new in MORE.items() if "redact" not in old}, now)
        with pytest.raises(gate.Refused):
            gate.ask(ask_to("collect", "full_name", "phone"), actor=Actor(role=SUBJECT), subjects=[an.subject], now=now)
