"""Counts that the processes of a house share."""

import multiprocessing
import threading

from camket.journal.tally import _SLOTS, Tally, name_of


class TestAName:
    def test_is_written_as_openmetrics_writes_it(self) -> None:
        assert name_of("camket_asks_total", {}) == "camket_asks_total"
        assert name_of("camket_asks_total", {"route": 'a"b\\c\nd'}) == r'camket_asks_total{route="a\"b\\c\nd"}'


class TestATally:
    def test_adds_up_what_threads_count_at_once(self) -> None:
        tally = Tally()
        threads = [threading.Thread(target=lambda: [tally.add({"a": 1, "b": 0.5}) for _ in range(200)]) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert tally.read() == {"a": 1000, "b": 500}

    def test_adds_up_what_forked_processes_count_at_once_each_under_names_of_its_own_too(self) -> None:
        tally = Tally()
        tally.add({"before": 1})
        fork = multiprocessing.get_context("fork")

        def count(number: int) -> None:
            for _ in range(200):
                tally.add({"shared": 1, f"own {number}": 1})

        children = [fork.Process(target=count, args=(number,)) for number in range(3)]
        for child in children:
            child.start()
        for child in children:
            child.join(20)
        assert tally.read() == {"before": 1, "shared": 600, "own 0": 200, "own 1": 200, "own 2": 200}

    def test_is_let_go_by_a_process_that_is_killed_while_it_counts(self) -> None:
        tally = Tally()
        fork = multiprocessing.get_context("fork")

        def count_for_ever() -> None:
            while True:
                tally.add({"a": 1})

        child = fork.Process(target=count_for_ever)
        child.start()
        while not tally.read():
            pass
        child.kill()
        child.join(20)
        before = tally.read()["a"]
        tally.add({"a": 1})
        assert tally.read()["a"] == before + 1

    def test_that_is_full_or_asked_for_too_long_a_name_goes_on_with_what_it_has(self) -> None:
        tally = Tally()
        tally.add({f"count {number}": 1 for number in range(_SLOTS)})
        tally.add({"one more": 1, "count 0": 1, "x" * 300: 1})
        found = tally.read()
        assert len(found) == _SLOTS
        assert found["count 0"] == 2
