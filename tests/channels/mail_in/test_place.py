"""Where mail is read, as the setting says it: no password goes over a network in the clear."""

import pytest

from camket.channels.mail_in.place import Place, PlaceUnreadable, Tls, folder_on_the_wire, read_place


def read(url: str) -> Place:
    """Return the place that a text names."""
    place = read_place(url)
    assert place is not None
    return place


class TestTheSetting:
    @pytest.mark.parametrize(
        ("url", "port", "folder", "tls"),
        [
            ("imaps://hotro:x@mail.example.vn", 993, "INBOX", Tls.IMPLICIT),
            ("imaps://hotro:x@mail.example.vn:9930/Returned/Old", 9930, "Returned/Old", Tls.IMPLICIT),
            ("imap://hotro:x@mail.example.vn/INBOX", 143, "INBOX", Tls.STARTTLS),
            ("imap://hotro:x@127.0.0.1:1143/Th%C6%B0%20tr%E1%BA%A3?tls=none", 1143, "Thư trả", Tls.NONE),
            ("imap://hotro:x@localhost?tls=none", 143, "INBOX", Tls.NONE),
        ],
    )
    def test_names_server_folder_and_way(self, url: str, port: int, folder: str, tls: Tls) -> None:
        place = read(url)
        assert (place.port, place.folder, place.tls, place.username) == (port, folder, tls, "hotro")

    @pytest.mark.parametrize(
        "url",
        [
            "imap://hotro:geheim@mail.example.vn?tls=none",
            "imap://hotro:geheim@192.0.2.1/INBOX?tls=none",
            "imaps://hotro:geheim@mail.example.vn?tls=none",
            "imap://hotro:geheim@mail.example.vn?tls=implicit",
            "imaps://mail.example.vn",
            "https://hotro:geheim@mail.example.vn",
            "imaps://hotro:geheim@mail.example.vn:x",
            "imaps://hotro:geheim@mail.example.vn/a%0D%0ALOGOUT",
            "imaps://hotro:geheim@mail.example.vn?tls=maybe",
            "imaps://hotro:geheim@mail.example.vn?x=1",
            "nonsense geheim",
        ],
    )
    @pytest.mark.clause("7.1")
    def test_that_is_none_is_refused_and_not_repeated(self, url: str) -> None:
        with pytest.raises(PlaceUnreadable) as refused:
            read_place(url)
        assert "geheim" not in str(refused.value)
        assert refused.value.__cause__ is None

    def test_that_is_empty_is_no_place(self) -> None:
        assert read_place("") is None

    @pytest.mark.clause("7.1")
    def test_is_printed_without_whom_and_what_opens_it(self) -> None:
        place = read("imaps://hotro:geheim@mail.example.vn/Kunden")
        assert not {"hotro", "geheim", "Kunden"} & set(repr(place).replace("'", " ").split())

    @pytest.mark.clause("7.1")
    def test_is_remembered_by_a_name_that_tells_nothing_and_outlives_a_new_password(self) -> None:
        first, second = read("imaps://hotro:a@mail.example.vn"), read("imaps://hotro:b@mail.example.vn")
        assert first.mark == second.mark
        assert first.mark != read("imaps://hotro:a@mail.example.vn/Other").mark
        assert "example" not in first.mark


class TestAFoldersName:
    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("INBOX", '"INBOX"'),
            ("R&D", '"R&-D"'),
            ("台北", '"&U,BTFw-"'),
            ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),
            ('a"b\\c', '"a\\"b\\\\c"'),
        ],
    )
    def test_is_written_as_the_standard_has_it(self, name: str, written: str) -> None:
        assert folder_on_the_wire(name) == written
