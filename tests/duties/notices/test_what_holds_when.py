"""A letter about a change says what becomes of the reader's own details, from when, and what they need to do: nothing that reads as its opposite."""

from datetime import datetime
from pathlib import Path

import pytest

from camket.duties.notices import actions as notices
from camket.duties.notices.models import Variant
from camket.policy.terms import EditionNumber
from camket.web.kit.change_lines import letter_words
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import ADVICE_LONGER, DUNG, TWO, arrive, email, plan, publish_second, publish_third, send, settled
from tests.duties.notices.test_true_words import THREE, tell
from tests.journeys.post_office import PostOffice, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2"), pytest.mark.clause("8.5"), pytest.mark.usefixtures("fresh_reaches")]
READ = 'roles = ["adviser"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone", "message", "attachment"]'
NO_NUMBER = (READ, '"phone", ', "")
MESSAGE = 'id = "message"\nfields = ["message", "attachment"]\npurposes = ["advise", "special_case"]'
TOLD_TOO = (MESSAGE, '"special_case"]', '"special_case", "notify"]')
ENFORCED_LONGER = ('purposes = ["enforce_terms", "legal_disclosure"]\nafter = "case.closed"\nkeep = "P12M"', "P12M", "P24M")
SPECIAL_LONGER = ('purposes = ["special_case"]\nafter = "request.closed"\nkeep = "P90D"', "P90D", "P180D")
ANYWAY, AGREED = "trong mọi trường hợp", "Chỉ áp dụng nếu quý khách đồng ý"


def everything(post: PostOffice, tmp_path: Path, now: datetime, *changes: tuple[str, str, str], consents: tuple[str, ...] = ("advise",)) -> str:
    """What An, who gave a number too, is told of an edition that differs in these places."""
    arrive(dict(AN.values("full_name", "email", "phone", "message")), now=now, nonce="1", consents=consents)
    publish_second(tmp_path, now=now, changes=changes)
    tell(TWO, now)
    send(now)
    return text_of(post.to(AN.email)[0]).replace("\r\n", "\n")


class TestAPermissionThatIsTakenAway:
    def test_reads_as_what_may_no_longer_be_done(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        text = everything(post, tmp_path, now, NO_NUMBER, ADVICE_LONGER)
        sentence = "Nhân viên tư vấn không còn được xem và sử dụng số điện thoại của quý khách với mục đích “Tư vấn và trả lời” (điều 3.1)."
        assert sentence in text
        assert "Được phép:" not in text
        assert "Chỉ khi" not in text.partition("không còn được")[2].partition("\n")[0]

    def test_holds_in_any_case_while_what_gives_more_waits_for_a_yes(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        text = everything(post, tmp_path, now, NO_NUMBER, ADVICE_LONGER)
        at_once, _, waiting = text.partition(AGREED)
        assert ANYWAY in at_once
        assert "không còn được xem" in at_once
        assert "tăng từ 90 ngày" in waiting
        assert "không còn được xem" not in waiting
        assert "riêng những điều áp dụng trong mọi trường hợp" in waiting
        assert "mọi việc vẫn như hiện nay" not in text


class TestARightThatIsGone:
    OBJECTION = '[[right]]\nid = "object"\ndeadline = "dsr.object"'
    GONE = (OBJECTION, OBJECTION, 'rule = "none"\nwhy = "Không còn quyền này."')

    def test_is_kept_for_what_was_given_until_its_person_agrees(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        text = everything(post, tmp_path, now, self.GONE, ADVICE_LONGER)
        assert "Bỏ một quyền: Phản đối" in text.partition(AGREED)[2]
        assert ANYWAY not in text.partition(AGREED)[0]


class TestAMeasureAgainstAbuse:
    REFUSED_FOR = 'id = "refuse_service"\nfor = ["unlawful_use", "obscene_content", "malware", "impersonation", "copyright"]'
    FOR_LESS = (REFUSED_FOR, ', "copyright"', "")

    def test_for_more_than_before_is_told_to_everybody_and_holds_in_any_case(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        arrive(dict(AN.values("full_name", "email", "message")), now=now, nonce="1")
        publish_second(tmp_path, now=now, changes=(self.FOR_LESS,))
        publish_third(tmp_path, now=now, changes=())
        tell(THREE, now)
        send(now)
        text = text_of(post.to(AN.email)[0]).replace("\r\n", "\n")
        assert "Từ chối cung cấp dịch vụ" in text.partition(ANYWAY)[2]
        assert AGREED not in text


class TestARetentionPeriod:
    def test_that_grows_waits_for_a_yes_and_silence_is_none(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        text = everything(post, tmp_path, now, ADVICE_LONGER)
        assert ANYWAY not in text
        assert "tăng từ 90 ngày" in text.partition(AGREED)[2]
        assert "Im lặng không phải là đồng ý" in text
        assert "không cần làm gì" not in text


class TestWhatRestsOnADutyOfLaw:
    def test_holds_in_any_case_and_asks_nothing(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        text = everything(post, tmp_path, now, ENFORCED_LONGER)
        assert "tăng từ 12 tháng theo phiên bản 1 lên 24 tháng theo phiên bản 2" in text.partition(ANYWAY)[2]
        assert AGREED not in text
        assert "Quý khách không cần làm gì." in text


class TestWhatRestsOnAContract:
    def test_holds_for_what_is_given_from_then_on_and_asks_nothing(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        text = everything(post, tmp_path, now, SPECIAL_LONGER)
        assert "tăng từ 90 ngày" in text.partition("không áp dụng cho thông tin đã cung cấp trước đó")[2]
        assert ANYWAY not in text
        assert AGREED not in text
        assert "Quý khách không cần làm gì." in text


class TestAPurposeThatACollectionComesToServe:
    def test_is_told_alone_and_not_with_the_whole_list_twice(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        text = everything(post, tmp_path, now, TOLD_TOO, consents=("advise", "notify"))
        assert "Mục đích sử dụng: thêm “Thông báo về công việc giữa hai bên”\n" in text.partition(AGREED)[2]
        assert "Trường hợp đặc biệt" not in text


class TestALetter:
    def test_names_only_what_its_reader_gave(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        arrive(email(BINH), now=now, nonce="2", language="en")
        without = (READ, '"full_name", "email", "phone", "message", "attachment"', '"full_name"')
        text = everything(post, tmp_path, now, without, ADVICE_LONGER)
        assert "xem và sử dụng số điện thoại, email và lời nhắn của quý khách" in text
        english = text_of(post.to(BINH.email)[0])
        assert "The adviser may no longer see and use your email and message, for “Advice and answers” (clause 3.1)." in english
        assert "hone" not in english
        assert "Our answers" not in english
        assert "“Contact details” and “Message and attachment”" in english

    def test_is_one_for_all_who_differ_in_nothing_that_it_names(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        arrive(email(BINH), now=now, nonce="2")
        everything(post, tmp_path, now, ADVICE_LONGER)  # An left a number, of which nothing is told
        assert Variant.objects.count() == 1

    def test_that_gives_again_what_the_edition_before_took_waits_also_for_whoever_had_agreed_to_it_once(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        arrive(dict(AN.values("full_name", "email", "phone", "message")), now=now, nonce="1")
        publish_second(tmp_path, now=now, changes=(NO_NUMBER,))
        publish_third(tmp_path, now=now, changes=(ADVICE_LONGER,))
        tell(THREE, now)
        send(now)
        at_once, _, waiting = text_of(post.to(AN.email)[0]).partition(AGREED)
        assert "được thêm quyền" not in at_once
        assert "được thêm quyền xem và sử dụng số điện thoại" in waiting
        assert "tăng từ 90 ngày" in waiting

    def test_written_before_it_was_asked_when_a_change_holds_goes_out_as_it_was_seen(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        arrive(email(AN), now=now, nonce="1")
        publish_second(tmp_path, now=now)
        settled(now)
        words = letter_words(EditionNumber(1), TWO)
        old = {
            language: {"changes": dict.fromkeys(told["changes"], "* seen\n  What for: \x1e"), "purposes": told["purposes"]}
            for language, told in words.items()
        }
        campaign_id = notices.write_change(edition=TWO, words=old, actor=DUNG, now=now)
        notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=DUNG, now=now)
        plan(now)
        Variant.objects.update(standings=None, fields=None, collections=None)
        send(now)
        text = text_of(post.to(AN.email)[0])
        assert "* seen" in text
        assert "What for: Tư vấn và trả lời" in text
        assert "Im lặng không phải là đồng ý" in text

    def test_shown_beforehand_has_every_part(self, house: None, tmp_path: Path, now: datetime) -> None:
        publish_second(tmp_path, now=now, changes=(NO_NUMBER, ADVICE_LONGER, ENFORCED_LONGER))
        made = notices.write_change(edition=TWO, words=letter_words(EditionNumber(1), TWO), actor=DUNG, now=now)
        _, text = notices.preview_campaign(campaign_id=made, language="vi")
        assert "tăng từ 12 tháng" in text.partition(ANYWAY)[2]
        assert "không còn được xem và sử dụng số điện thoại" in text.partition(ANYWAY)[2]  # weighs nothing by itself, and goes out beside what does
        assert "“Thông tin liên hệ”, “Lời nhắn và tệp”" in text.partition(AGREED)[2]
        assert not set(text) & set("\x19\x1a\x1c\x1d\x1e")
