"""A long list page by page: nothing is left out, nothing comes twice, and the last page leads nowhere."""

from datetime import datetime
from uuid import UUID

import pytest

from camket.journal.paging import ListPlace, cut, place_in_list


class TestAPage:
    @pytest.mark.parametrize(("many", "rows", "last"), [(0, [], None), (2, [0, 1], None), (3, [0, 1, 2], None), (4, [0, 1, 2], 2)])
    def test_says_where_to_go_on_only_where_more_follows(self, many: int, rows: list[int], last: int | None) -> None:
        assert cut(list(range(many)), limit=3) == (rows, last)


class TestAPlaceInAList:
    def test_is_read_as_it_was_written(self, now: datetime) -> None:
        place = ListPlace(at=now, id=UUID(int=7))
        assert place_in_list(str(place)) == place

    @pytest.mark.parametrize("text", ["", "x", "0." + "0" * 32, "99999999999999999999." + "0" * 32, "20261123020000000000." + "0" * 31])
    def test_is_none_where_the_text_is_none(self, text: str) -> None:
        assert place_in_list(text) is None
