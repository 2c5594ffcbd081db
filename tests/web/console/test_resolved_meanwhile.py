"""What somebody wrote in an inquiry that is over by the time they send it: nothing of it is lost, and why it was not sent is told as it is."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from camket.duties.intake.models import Inquiry, Message
from tests.cast import AN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser

SignIn = Callable[[str], Browser]
ANSWER, NOTE = "Gói Cơ bản hợp với anh.", "Gọi lại sáng thứ Hai."


@pytest.fixture
def place(visitor: Browser) -> str:
    """An inquiry at the desk."""
    visitor.contact(**AN.values("full_name", "email", "message"))
    return f"/vi/console/inquiries/{Inquiry.objects.get().reference}"


def written(page: Page) -> dict[str, str]:
    """Return what stands in the fields for texts of a page."""
    return dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n([^<]*)</textarea>', page.text))


class TestWhatIsWrittenInAnInquiryThatIsResolvedMeanwhile:
    @pytest.mark.parametrize("act", ["answer", "note", "assign"])
    def test_is_shown_to_whoever_wrote_it_and_goes_on_once_it_is_reopened(self, sign_in: SignIn, place: str, act: str) -> None:
        adviser = sign_in("adviser")
        opened = adviser.get(place)
        adviser.submit(adviser.get(place), {"act": "resolve"})
        late = adviser.submit(opened, {"act": act, "answer": ANSWER, "note": NOTE})
        assert late.status == 409
        assert "Cuộc trao đổi này vừa được đánh dấu là đã xong." in late.words()
        assert written(late) == {"answer": ANSWER, "note": NOTE}
        again = adviser.submit(late, {"act": "reopen", **written(late)})
        assert again.status == 200
        assert written(again) == {"answer": ANSWER, "note": NOTE}
        assert Inquiry.objects.get().state == "new"
        assert Message.objects.exclude(kind="message").count() == 0

    def test_has_no_field_where_nothing_was_written(self, sign_in: SignIn, place: str) -> None:
        adviser = sign_in("adviser")
        opened = adviser.get(place)
        adviser.submit(opened, {"act": "resolve"})
        late = adviser.submit(opened, {"act": "resolve"})
        assert late.status == 409
        assert "Cuộc trao đổi này vừa được đánh dấu là đã xong." in late.words()
        assert written(late) == {}


class TestWhatIsWrittenWhileWhoeverShouldGetTheInquiryLeft:
    def test_stays_in_its_fields(self, sign_in: SignIn, place: str) -> None:
        adviser = sign_in("adviser")
        told = {"act": "give", "given_to": str(uuid4()), "answer": ANSWER, "note": NOTE}
        late = adviser.submit(adviser.get(place), told)
        assert late.status == 409
        assert "không còn trả lời" in late.words()
        assert written(late) == {"answer": ANSWER, "note": NOTE}


class TestWhatIsWrittenToSomebodyWhoTookTheirConsentBack:
    @pytest.mark.parametrize("act", ["answer", "note", "assign", "resolve"])
    def test_is_answered_by_why_it_is_shut_and_not_by_an_advice_to_reopen_it(self, sign_in: SignIn, place: str, act: str) -> None:
        adviser = sign_in("adviser")
        opened = adviser.get(place)
        told = {"act": "withdraw", "purpose": "advise", "channel": "phone"}
        adviser.submit(adviser.get(place), told)
        late = adviser.submit(opened, {"act": act, "answer": ANSWER, "note": NOTE})
        assert late.status == 403
        assert "đã rút lại sự đồng ý" in late.words()
        assert "Hãy mở lại" not in late.words()
        assert "Nội dung bạn vừa nhập không được gửi, cũng không được lưu." in late.words()

    def test_tells_the_same_to_whoever_took_a_call_of_theirs_down(self, sign_in: SignIn, place: str) -> None:
        adviser = sign_in("adviser")
        opened = adviser.get(f"{place}/call")
        adviser.submit(adviser.get(place), {"act": "withdraw", "purpose": "advise", "channel": "phone"})
        late = adviser.submit(opened, {"channel": "phone", "said": NOTE})
        assert late.status == 403
        assert "đã rút lại sự đồng ý" in late.words()
        assert "Hãy mở lại" not in late.words()
        assert written(late) == {"said": NOTE}
