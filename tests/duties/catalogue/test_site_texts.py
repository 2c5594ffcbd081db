"""The site's own texts, version by version."""

from datetime import datetime, timedelta

import pytest

from camket.duties.catalogue import actions, queries
from camket.duties.catalogue.models import SiteTexts
from camket.journal.models import JournalEntry
from camket.policy.terms import OPERATOR, Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
PHUC = Actor(role=OPERATOR, id="0196a0c4-0000-7000-8000-000000000001")


def headline(text: str) -> dict[str, str]:
    return {"headline_vi": text, "headline_en": text}


class TestTheSite:
    def test_has_no_texts_of_its_own_before_somebody_writes_them(self) -> None:
        assert queries.site_texts("vi") == queries.SiteTextsRow()
        assert queries.site_versions() == ()

    def test_speaks_both_languages(self, now: datetime) -> None:
        texts = {"hours_vi": "8 giờ đến 17 giờ", "hours_en": "8 am to 5 pm", "company_phone": "028 0000 0000"}
        actions.save_site_texts(texts=texts, version=0, actor=PHUC, now=now)
        assert queries.site_texts("vi").hours == "8 giờ đến 17 giờ"
        assert queries.site_texts("en").hours == "8 am to 5 pm"
        assert queries.site_texts("en").dialled == "02800000000"


class TestAVersion:
    def test_is_never_changed_and_can_be_brought_back(self, now: datetime) -> None:
        assert actions.save_site_texts(texts=headline("một"), version=0, actor=PHUC, now=now) == 1
        assert actions.save_site_texts(texts=headline("hai"), version=1, actor=PHUC, now=now + timedelta(hours=1)) == 2
        assert actions.restore_site_texts(wanted=1, version=2, actor=PHUC, now=now + timedelta(hours=2)) == 3
        assert queries.site_texts("vi").headline == "một"
        assert [(row.version, row.restored_from, row.texts["headline_vi"]) for row in queries.site_versions()] == [
            (3, 1, "một"),
            (2, None, "hai"),
            (1, None, "một"),
        ]
        assert list(JournalEntry.objects.filter(act__startswith="site.").order_by("id").values_list("act", flat=True)) == [
            "site.edited",
            "site.edited",
            "site.restored",
        ]

    def test_that_says_the_same_is_not_stored_again(self, now: datetime) -> None:
        actions.save_site_texts(texts=headline("một"), version=0, actor=PHUC, now=now)
        assert actions.save_site_texts(texts=headline(" một "), version=1, actor=PHUC, now=now) == 1
        assert SiteTexts.objects.count() == 1

    def test_of_the_second_of_two_is_refused(self, now: datetime) -> None:
        actions.save_site_texts(texts=headline("một"), version=0, actor=PHUC, now=now)
        for act in (
            lambda: actions.save_site_texts(texts=headline("hai"), version=0, actor=PHUC, now=now),
            lambda: actions.save_site_texts(texts=headline("hai"), version=7, actor=PHUC, now=now),
        ):
            with pytest.raises(actions.Overtaken) as overtaken:
                act()
            assert overtaken.value.now_at == 1
        assert queries.site_texts("vi").headline == "một"

    @pytest.mark.parametrize("wanted", [0, 1, 2, 99])
    def test_that_is_no_older_one_cannot_be_brought_back(self, now: datetime, wanted: int) -> None:
        actions.save_site_texts(texts=headline("một"), version=0, actor=PHUC, now=now)
        with pytest.raises(actions.NoSuchVersion):
            actions.restore_site_texts(wanted=wanted, version=1, actor=PHUC, now=now)


class TestAText:
    @pytest.mark.parametrize(
        ("texts", "field", "code"),
        [
            ({"headline_vi": "chỉ một"}, "headline_en", "unpaired"),
            (headline("d" * 121), "headline_vi", "too_long"),
            (headline("hai\ndòng"), "headline_vi", "unseen"),
            ({"company_phone": "gọi cho An"}, "company_phone", "bad_phone"),
            ({"messenger_url": "javascript:alert(1)"}, "messenger_url", "bad_url"),
            ({"messenger_url": "http://m.example.com/x"}, "messenger_url", "bad_url"),
            ({"messenger_url": "https://an:mat-khau@m.example.com/"}, "messenger_url", "bad_url"),
            ({"messenger_url": 'https://m.example.com/"onclick='}, "messenger_url", "bad_url"),
            ({"messenger_url": "https://m.example.com/wesoft"}, "messenger_label_vi", "missing"),
        ],
    )
    def test_that_cannot_be_shown_is_refused_with_where_and_why(self, now: datetime, texts: dict[str, str], field: str, code: str) -> None:
        with pytest.raises(actions.Unfit) as refused:
            actions.save_site_texts(texts=texts, version=0, actor=PHUC, now=now)
        assert (field, code) in [(fault.field, fault.code) for fault in refused.value.faults]
        assert not SiteTexts.objects.exists()
