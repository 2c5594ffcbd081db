"""A canary in every field, driven through every door, command and job; then a look at everything that the house said and left behind."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from camket.duties.notices.rules import ADVERTISING, CHANGE, KINDS, STOPPED
from camket.policy.terms import STAFF_ROLES
from tests import stage
from tests.cast import DUNG
from tests.house.tree import ROOT
from tests.journeys.canaries import Leak, Nose, spellings
from tests.journeys.command_line import Printed, command_line
from tests.journeys.copies import IS_POSTGRES, Bases, as_text, left_behind, statistics, wal_file
from tests.journeys.erasure import Erasure, erase
from tests.journeys.flock import ATTACHED, FAILED, HEARD, LEAKED, PASSED_ON, PERSON, SAID, WRITTEN
from tests.journeys.hoard import Blob, FileBlob, Hoard, MatterKey, SubjectKey, members_of
from tests.journeys.house import running
from tests.journeys.inventory import commands, jobs, route_of, routes
from tests.journeys.leaky import urls as leaky
from tests.journeys.post_office import text_of
from tests.journeys.scene import GONE_WORKER, NOSE, Scene, played
from tests.journeys.visit import Answer
from tests.journeys.visitor import Visitor

ANYBODY = ("stranger", *sorted(STAFF_ROLES))
SHOWN = {
    **{(who, "<language:language>/contact"): "a form with faults goes back to whoever typed it" for who in ANYBODY},
    ("stranger", "<language:language>/read/<str:token>"): "whoever has the link and the code reads what we answered",
    ("adviser", "<language:language>/console/"): "3.1 lets an adviser see who wrote",
    ("adviser", "<language:language>/console/inquiries/<reference:reference>"): "3.1 lets an adviser see what they wrote",
    ("adviser", "<language:language>/console/inquiries/<reference:reference>/files/<uuid:file_id>"): "3.1 lets an adviser see what they attached",
    ("adviser", "<language:language>/console/filters"): "a filter that cannot be kept shows the list again, as 3.1 lets an adviser see it",
    ("adviser", "<language:language>/console/inquiries/<reference:reference>/call"): "a sheet with faults goes back to whoever typed it",
    ("adviser", "<language:language>/console/record"): "a sheet with faults goes back to whoever typed it",
    ("adviser", "<language:language>/console/cases/about/<reference:reference>"): "a form with faults goes back to whoever typed it",
    ("adviser", "<language:language>/console/cases/<reference:reference>"): "3.9 lets an adviser see it for a reason, and with a second person",
    ("privacy_officer", "<language:language>/console/cases/<reference:reference>"): "3.10 lets the privacy officer see what stands in a case",
    ("adviser", "<language:language>/console/find"): "3.1 lets an adviser find who wrote",
    ("privacy_officer", "<language:language>/console/do-not-call"): "a number goes back to whoever typed it",
    ("privacy_officer", "<language:language>/console/notices/new"): "a form with faults goes back to whoever typed it",
    ("adviser", "<language:language>/console/letters/<uuid:letter_id>"): "3.1 lets an adviser see what goes out",
}
"""Where an answer may hold something of a person, to whom, and why. Nowhere else, and with no other status."""

NAMED_IN_ITS_HEAD = {
    ("adviser", "<language:language>/console/inquiries/<reference:reference>/files/<uuid:file_id>"): "a file is saved under the name it was sent by",
}
"""Where the head of an answer may hold something of a person, and why."""

SHOWN_WITH = frozenset({200, 409, 422})
REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 500})
NOT_ASKED: Mapping[str, str] = {}
"""Routes that the scene cannot ask, each with its reason."""

# a change that weighs, and advertising: the editions of the scene have neither
NOT_SENT = {kind.template for kind in (CHANGE, ADVERTISING, STOPPED)}
NOT_TYPED = {("serve",): "it is the house in which the scene is played"}
"""Commands that nobody types in the scene, each with its reason."""

LOGGED = {
    "typed.email": "staff are outside the vault and found by their address (house §4); only a server told to log every statement writes it down"
}
"""What PostgreSQL's log may hold when it logs every statement, with the reason."""

LETTERS = {
    PERSON["email"]: {"person.email", "person.full_name", "said.answer"},
    PASSED_ON["email"]: {"passed_on.email"},
    FAILED["email"]: {"failed.email"},
    HEARD["email"]: {"heard.email"},
    DUNG.email: set(),  # a colleague, who had a notice sent to them first
}
TOMBSTONES = {
    "vault_subject": 1,  # a random id, and when it came and went
    "vault_matter": 4,  # of advising, of the offer, and of two special cases
    "intake_inquiry": 1,  # its public name, and when it was received and resolved
    "special_cases_specialcase": 2,  # their public names, and who decided when
    "retention_erasure": 4,  # done, one for each matter
    "retention_certificate": 4,  # what the person can fetch with their claim code
    # two of the first letter, one of each sending of the answer, one of each page that read it: revoked; forgotten a month after their end
    "access_capabilitylink": 6,
}
"""What is left of somebody who was erased, besides the journal: that they were, and nothing of them."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """One installation for every look of this file: filling it takes longer than looking."""
    with stage.installation(tmp_path_factory.mktemp("home")) as environment:
        yield environment


@pytest.fixture(scope="module")
def scene(home: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The house after the visit, looked at while it served."""
    with played(home, tmp_path_factory.mktemp("folder")) as made:
        yield made


@pytest.fixture(scope="module")
def erasure(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Erasure:
    """The same house after the person was erased, everything gathered, and the house at rest."""
    return erase(scene, tmp_path_factory.mktemp("erasure"))


def names(leaks: list[Leak]) -> set[str]:
    return {leak.name for leak in leaks}


def leaks_of(answer: Answer) -> set[str]:
    return names(NOSE.leaks_in(answer.text.encode(), place=answer.path))


def is_shown(answer: Answer) -> bool:
    return (answer.who, route_of(answer.path)) in SHOWN and answer.status in SHOWN_WITH


@pytest.mark.slow
class TestTheScene:
    def test_asks_every_route_that_there_is(self, scene: Scene) -> None:
        asked = {(answer.who, answer.method, route_of(answer.path)) for answer in scene.visit.answers}
        missing = [(who, method, route) for who in ANYBODY for method in ("GET", "POST") for route in routes() if (who, method, route) not in asked]
        assert {route for _, _, route in missing} == set(NOT_ASKED), missing

    def test_notices_a_route_that_is_not_asked(self, scene: Scene) -> None:
        asked = {route_of(answer.path) for answer in scene.visit.answers}
        assert set(routes(leaky.urlpatterns)) - asked == {"leak", "fail"}

    def test_meets_every_kind_of_refusal(self, scene: Scene) -> None:
        assert {answer.status for answer in scene.visit.answers} >= REFUSALS

    def test_types_every_command_that_there_is(self, scene: Scene, erasure: Erasure) -> None:
        assert erasure.verified
        assert set(commands()) - scene.line.driven() == set(NOT_TYPED)

    def test_has_the_worker_do_every_job_that_there_is(self, scene: Scene, erasure: Erasure) -> None:
        acts = scene.acts()
        done = {
            "_enact": acts["edition.enacted"] == 2,
            "_keep_journal": any((scene.house.home / "checkpoints").glob("*.json*")),
            "_send_letters": len(scene.post.to(PERSON["email"])) + len(scene.post.to(HEARD["email"])) == len(KINDS.keys() - NOT_SENT),
            "_plan_campaigns": acts["campaign.planned"] == 1,
            "_try_campaigns": len(scene.post.to(DUNG.email)) == 2,
            "_send_campaigns": acts["campaign.finished"] == 1,
            "_erase": acts["data.erased"] == TOMBSTONES["vault_matter"],
            "collect_erased": acts["data.swept"] == TOMBSTONES["vault_matter"],
            "_keep_keys": scene.by_worker["epoch.stepped"] == 1,
            "_tidy": not scene.bases.rows("default", GONE_WORKER),
            "_count": bool(scene.bases.rows("default", "SELECT 1 FROM publishing_answerscounted WHERE position > 0")),
        }
        assert erasure.verified
        assert set(done) == set(jobs())
        assert [job for job, is_done in done.items() if not is_done] == []

    def test_looks_into_every_kind_of_file(self, scene: Scene, erasure: Erasure) -> None:
        wanted = {"checkpoints/", "secrets/epochs/", scene.house.log.name, "data: tables/keys/", "keys-sealed: secrets/"}
        wanted |= {"backup: ", "restored: ", "at rest: "}
        if IS_POSTGRES:
            wanted |= {"pg_dump of keys", "pg_stats of default", "pg_stat_activity of keys", "/global/", "/pg_wal/0000", "standby: ", "/log"}
        else:
            wanted |= {f"{name}.sqlite3{ending}" for name in ("data", "keys") for ending in ("", "-wal", "-shm", "-journal")}
            wanted |= {"copy: ", "rows of default"}
        assert erasure.verified
        assert [word for word in sorted(wanted) if not any(word in place for place in scene.places)] == []


@pytest.mark.slow
@pytest.mark.clause("7.1")
class TestACanary:
    def test_in_every_field_is_found_in_no_file_copy_or_backup(self, scene: Scene) -> None:
        found = [leak for leak in scene.leaks if not (leak.name in LOGGED and "/log" in leak.place)]
        assert not found, found

    def test_is_found_in_no_file_once_the_house_rests(self, scene: Scene, erasure: Erasure) -> None:
        assert erasure.verified
        self.test_in_every_field_is_found_in_no_file_copy_or_backup(scene)

    def test_is_in_no_answer_but_where_a_clause_shows_it(self, scene: Scene) -> None:
        found = [(answer, leaks) for answer in scene.visit.answers if not is_shown(answer) and (leaks := leaks_of(answer))]
        assert not found, found

    def test_is_in_no_head_of_an_answer(self, scene: Scene) -> None:
        leaky = [(answer, leaks) for answer in scene.visit.answers if (leaks := names(NOSE.leaks_in(answer.headers.encode(), place=answer.path)))]
        found = [answer for answer, _ in leaky if (answer.who, route_of(answer.path)) not in NAMED_IN_ITS_HEAD]
        assert not found, found
        assert {(answer.who, route_of(answer.path), *leaks) for answer, leaks in leaky} == {(*where, "attached.name") for where in NAMED_IN_ITS_HEAD}

    def test_is_in_every_answer_that_may_hold_it(self, scene: Scene) -> None:
        """An exemption that nothing needs is none; and a scanner that finds nothing here would find nothing elsewhere."""
        used = {(answer.who, route_of(answer.path)) for answer in scene.visit.answers if is_shown(answer) and leaks_of(answer)}
        assert used == set(SHOWN)

    def test_is_in_no_word_of_a_command(self, scene: Scene, erasure: Erasure) -> None:
        printed: list[Printed] = [*scene.line.printed, *scene.printed_elsewhere, *erasure.verified.values()]
        found = [(one.arguments, leaks) for one in printed if (leaks := names(NOSE.leaks_in(one.text.encode(), place="")))]
        assert not found, found

    def test_is_in_no_letter_but_its_own_persons(self, scene: Scene, erasure: Erasure) -> None:
        assert erasure.verified
        assert any(SAID["answer"] in text_of(letter) for letter in scene.post.to(PERSON["email"]))
        for letter, raw in zip(scene.post.letters, scene.post.raw, strict=True):
            assert names(NOSE.leaks_in(raw, place="letter")) <= LETTERS[str(letter["To"])]

    def test_was_met_by_faults_that_were_logged(self, scene: Scene) -> None:
        assert Counter(answer.status for answer in scene.visit.answers)[500] > 10
        assert scene.house.printed().count("django.request 500: ") > 10

    @pytest.mark.postgres
    def test_was_met_by_a_server_that_wrote_down_every_statement_and_each_double(self, scene: Scene) -> None:
        log = next(place for place in left_behind(scene.house.environment, since=scene.since) if place.name == "log").read_text("utf-8")
        assert 'duplicate key value violates unique constraint "planted"' in log
        assert "DETAIL:  Key (kind, version, token)=(email, " in log
        assert 'INSERT INTO "vault_record"' in log
        assert names([leak for leak in scene.leaks if leak.name in LOGGED]) == set(LOGGED)


@pytest.mark.slow
@pytest.mark.clause("4.7")
class TestAnErasedPerson:
    def test_was_readable_before(self, erasure: Erasure) -> None:
        opened = erasure.before.opened()
        values = {value for blob, fields in opened.items() if blob.subject_id == erasure.person for value in fields.values()}
        assert values >= {PERSON[name] for name in ("full_name", "email", "address", "message")} | set(SAID.values()) | set(WRITTEN.values())
        assert erasure.before.records_of(erasure.person) | erasure.before.records_of(erasure.living) <= set(opened)
        assert f"{ATTACHED['name']}.txt" in values
        assert erasure.before.opened_files() == [ATTACHED["content"].encode()]

    @pytest.mark.parametrize("place", ["here", "copied", "restored", "aged"])
    def test_is_readable_with_no_key_there_is(self, erasure: Erasure, place: str) -> None:
        there: Hoard = getattr(erasure, place)
        # a restored house has yet to collect what its keys no longer open
        assert bool(there.records_of(erasure.person)) is (place == "restored")
        assert there.with_rows_of(erasure.before, Blob, FileBlob).opened_files() == []
        opened = set(there.with_rows_of(erasure.before, Blob).opened())
        assert opened & erasure.before.records_of(erasure.person) == set()
        assert opened >= erasure.before.records_of(erasure.living)

    def test_dies_in_old_copies_with_the_epochs_of_their_days(self, erasure: Erasure) -> None:
        data, keys = erasure.kept
        everything = erasure.aged.with_rows_of(data, Blob, SubjectKey, MatterKey).with_rows_of(erasure.before, Blob, SubjectKey, MatterKey)
        theirs = erasure.before.records_of(erasure.person)
        assert set(everything.opened()) & theirs == set()
        assert set(everything.with_files_of(keys).opened()) >= theirs, "the keys of those days would open it: so no copy of them may be kept"

    @pytest.mark.parametrize("place", ["here", "copied", "restored", "aged"])
    @pytest.mark.parametrize("kind", ["email", "phone", "full_name"])
    def test_is_found_by_no_index(self, erasure: Erasure, place: str, kind: str) -> None:
        there: Hoard = getattr(erasure, place)
        assert there.find(kind, PERSON[kind]) == set()
        assert there.find("email", PASSED_ON["email"]) == {erasure.living}
        assert erasure.before.find(kind, PERSON[kind]) == {erasure.person}

    def test_leaves_tombstones_and_what_the_journal_remembers(self, erasure: Erasure) -> None:
        rows = dict(erasure.rows)
        assert rows.pop("journal_journalentry") >= rows.pop("journal_entrysubject") > 0
        assert rows == TOMBSTONES

    @pytest.mark.parametrize("place", ["here", "copy", "restored"])
    def test_leaves_a_journal_that_verifies(self, erasure: Erasure, place: str) -> None:
        assert json.loads(erasure.verified[place].text)["ok"] is True

    def test_is_shown_to_nobody(self, erasure: Erasure) -> None:
        assert erasure.page.status == 200
        assert not leaks_of(erasure.page)


@pytest.mark.slow
class TestALeakyHouse:
    """The same looks, in a house that does what none may do: each of them fails."""

    def test_is_caught_wherever_it_leaks(self, new_home: Callable[[], Mapping[str, str]], tmp_path: Path) -> None:
        backup, nose, since = tmp_path / "data", Nose(spellings(LEAKED)), wal_file()
        told = {name.removeprefix("leaked."): value for name, value in LEAKED.items()}
        settings = {"DJANGO_SETTINGS_MODULE": "tests.journeys.leaky.settings", "PYTHONPATH": f"{stage.SOURCE}:{ROOT}"}
        with running(new_home(), "--no-worker", **settings) as house, command_line(house.environment) as line:
            stranger, bases = Visitor(house.url), Bases.of(house.environment)
            answered, failed = stranger.post("/leak", told), stranger.post("/fail", told)
            bases.run("default", f"UPDATE catalogue_product SET summary_vi = '{told['row']}'")  # noqa: S608  # our own words
            line.type("backup", str(backup))
            found = {where: names(nose.leaks_below([where])) for where in left_behind(house.environment, since=since)}
            texts = names([leak for place, content in as_text(bases) for leak in nose.leaks_in(content, place=place)])
            planned = names([leak for place, content in statistics(bases) for leak in nose.leaks_in(content, place=place)]) if IS_POSTGRES else set()
        assert names(nose.leaks_in(answered.text.encode(), place="answer")) == {"leaked.answer"}
        assert (failed.status, names(nose.leaks_in(failed.text.encode(), place="answer"))) == (500, set())
        assert found.pop(house.log) == {"leaked.line"}
        assert set().union(*found.values()) == ({"leaked.row", "leaked.fault"} if IS_POSTGRES else {"leaked.row"})
        assert texts == names(nose.leaks_below([backup])) == {"leaked.row"}
        assert names([leak for member in members_of(backup) for leak in nose.leaks_in(member.content, place="")]) == {"leaked.row"}
        assert "leaked.row" in planned or not IS_POSTGRES
