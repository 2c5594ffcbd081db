"""Whatever an author's files hold, the compiler answers with sentences: never an exception, never silence, never a policy beside an error."""

from hypothesis import example, given, settings

from camket.policy.compiler import compile_edition
from camket.policy.source import EditionSource
from tests.policy.sample import FILES, sample_regime
from tests.policy.spoilt import Files, assert_is_told, spoilt
from tests.stage import TIMES

LAW = sample_regime()


class TestASpoiltEdition:
    @given(spoilt(FILES))
    @settings(max_examples=60 * TIMES)
    @example({**FILES, "policy.vi.md": ""})
    @example({**FILES, "edition.toml": ""})
    @example({**FILES, "policy.vi.md": FILES["policy.vi.md"].replace("\n", "\r")})
    @example({**FILES, "policy.vi.md": "## 1. x\n\n" * 3_000})
    @example({**FILES, "policy.vi.md": "```rule\n" * 3_000})
    @example({**FILES, "policy.vi.md": "x" * 10_000_000})
    def test_is_told_what_is_wrong_line_by_line(self, files: Files) -> None:
        assert_is_told(compile_edition(EditionSource(files=files), LAW), files)
