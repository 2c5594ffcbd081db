"""A documented thing that does not exist fails, and so does a thing that exists and is not documented."""

import importlib
import re
from pathlib import Path

import click
import pytest

from tests.house import papers
from tests.house.tree import ROOT, listed, name_of

NEVER_CLASSES = frozenset({"is_allowed", "rule", "version"})  # words the glossary bans only when they stand bare, or that are no class


def main() -> click.Group:
    """Return the command line's root."""
    group = importlib.import_module("camket.jobs.cli").main
    assert isinstance(group, click.Group)
    return group


class TestAVariableOfTheEnvironment:
    def test_that_is_read_is_documented(self) -> None:
        missing = papers.variables_read() - papers.variables_documented(papers.document("configuration.md"))
        assert not missing, f"docs/configuration.md does not speak of {sorted(missing)}"

    def test_that_is_documented_is_read(self) -> None:
        invented = papers.variables_documented(papers.document("configuration.md")) - papers.variables_read()
        assert not invented, f"docs/configuration.md speaks of {sorted(invented)}, which camket.config never reads"

    def test_is_seen_by_the_reader(self) -> None:
        assert papers.variables_documented("Set `CAMKET_HOME`; tests know CAMKET_TEST_DATABASE.") == {"CAMKET_HOME"}


class TestACommand:
    @pytest.fixture
    def known(self) -> dict[str, click.Command]:
        return dict(papers.commands(main()))

    @pytest.fixture
    def text(self) -> str:
        return papers.document("command-line.md")

    def test_that_exists_is_documented_with_every_option(self, known: dict[str, click.Command], text: str) -> None:
        said = papers.sections(text, known)
        missing = [name for name in known if name not in said]
        missing += [f"{name} {option}" for name in said for option in sorted(papers.options(known[name])) if option not in said[name]]
        assert not missing, listed(missing)

    def test_that_is_documented_exists(self, known: dict[str, click.Command], text: str) -> None:
        invented = [line for line in papers.command_lines(text) if not any(line == name or line.startswith(f"{name} ") for name in known)]
        groups = {name.rpartition(" ")[0] for name in known}
        assert not set(invented) - groups, listed(sorted(set(invented) - groups))

    def test_has_no_option_but_those_documented(self, known: dict[str, click.Command], text: str) -> None:
        invented = [
            f"{name} {option}"
            for name, said in papers.sections(text, known).items()
            for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", said)) - papers.options(known[name]) - {"--help"}
        ]
        assert not invented, listed(sorted(invented))

    def test_teaches_when_asked_for_help(self, known: dict[str, click.Command]) -> None:
        silent = [name for name, command in known.items() if not (command.help or "").strip()]
        silent += [
            f"{name} {parameter.opts[0]}"
            for name, command in known.items()
            for parameter in command.params
            if isinstance(parameter, click.Option) and not parameter.help
        ]
        assert not silent, listed(silent)


class TestARoute:
    def test_that_is_answered_is_documented(self) -> None:
        missing = set(papers.routes()) - papers.routes_documented(papers.document("routes.md"))
        assert not missing, f"docs/routes.md lacks {listed(sorted(missing))}"

    def test_that_is_documented_is_answered(self) -> None:
        invented = papers.routes_documented(papers.document("routes.md")) - set(papers.routes())
        assert not invented, f"docs/routes.md invents {listed(sorted(invented))}"

    @pytest.mark.parametrize(
        ("pattern", "path"),
        [
            ("policy/editions/<int:number>", "policy/editions/<number>"),
            (r"^static/(?P<path>.*)$", "static/<path>"),
            (r"^(?P<rest>(?!api/|vi/)[a-z]*)$", "<rest>"),
            ("contact", "contact"),
        ],
    )
    def test_is_written_by_its_bare_names(self, pattern: str, path: str) -> None:
        assert papers.written(pattern) == path


class TestTheGlossary:
    def test_explains_only_words_the_house_uses(self) -> None:
        names = papers.identifiers()
        known = names | {name[: len(name) - len(tail)] for name in names for tail in ("Row", "Rule") if name.endswith(tail)}
        rows = list(papers.glossary(papers.document("glossary.md")))
        unknown = sorted({word for words, _ in rows for word in words if word not in known})
        assert rows, "docs/glossary.md has no table of words"
        assert not unknown, f"docs/glossary.md explains {unknown}, which nothing in src/ is called"

    def test_bans_words_that_no_class_is_called(self) -> None:
        banned = {
            word for _, never in papers.glossary(papers.document("glossary.md")) for word in never if re.fullmatch(r"[a-z]+", word)
        } - NEVER_CLASSES
        used = sorted(name for name in papers.class_names() if name.lower() in banned)
        assert not used, f"docs/glossary.md says never to say {used}"

    def test_is_read_row_by_row(self) -> None:
        rows = list(
            papers.glossary("| word | means | never say |\n|---|---|---|\n| `Subject` (chủ thể) | the person | user, customer (an account) |\n")
        )
        assert rows == [(["Subject"], ["user", "customer"])]


class TestADocument:
    def test_links_to_nothing_that_is_not_there(self) -> None:
        assert not list(papers.broken_links()), listed(sorted(papers.broken_links()))

    @pytest.mark.parametrize("path", papers.markdown_files(), ids=name_of)
    def test_speaks_of_no_file_that_is_not_there(self, path: Path) -> None:
        gone = sorted(spoken for spoken in papers.paths_spoken_of(path.read_text()) if not (ROOT / spoken).exists())
        assert not gone, listed(gone)
