"""What a backup says of its journal is compared with what is in it before anything of it is restored."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from camket.duties.custody import actions as custody
from camket.duties.custody import queries as health
from camket.journal.models import TreeNode
from tests.crashes.homes import Home, home
from tests.journal.deeds import by_force
from tests.lives.houses import House, built, forget
from tests.vault.deeds import HOUSE

__all__ = ["home"]

_LATER = timedelta(minutes=5)


@pytest.fixture
def house(home: Home, now: datetime) -> Iterator[House]:
    """A house that is lost in a moment."""
    made = built(home, now)
    yield made
    made.opened.close()


def lose_a_node() -> None:
    """What a failing disk, or somebody with SQL, takes away from the tree."""
    level, index = TreeNode.objects.order_by("level", "index").values_list("level", "index")[0]
    assert by_force('DELETE FROM journal_treenode WHERE level = %s AND "index" = %s', (level, index)) == 1


class TestABackupOfATreeThatIsNotWhole:
    @pytest.mark.clause("7.1")
    def test_is_restored_only_when_that_is_accepted_and_is_told_of_afterwards(self, house: House, now: datetime) -> None:
        lose_a_node()
        data, keys = house.back_up(now)
        house.lose()
        with pytest.raises(custody.Gap) as gap:
            custody.restore(path=data, keys_path=keys, identity="", accepts_gap=False, actor=HOUSE, now=now + _LATER)
        assert "of the journal's tree 1 node cannot be found" in str(gap.value)
        restored = custody.restore(path=data, keys_path=keys, identity="", accepts_gap=True, actor=HOUSE, now=now + _LATER)
        custody.end_restore()
        forget()
        assert restored.gaps == gap.value.sentences
        assert not health.verify_journal().ok

    def test_that_is_whole_is_not_spoken_of(self, house: House, now: datetime) -> None:
        data, keys = house.back_up(now)
        house.lose()
        assert custody.restore(path=data, keys_path=keys, identity="", accepts_gap=False, actor=HOUSE, now=now + _LATER).gaps == ()
