"""Outside the vault a table has room for no person: every column that could hold words says why it may not hold theirs."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from camket.policy.tables import LONGEST_ID, is_identifier
from tests.house.tree import listed

VAULT = frozenset({"vault", "vault_keys"})
CANARY = "hoang-yen-trong-mo"
OUR_WORDS = frozenset({"purpose", "kind", "role"})  # ids the policy declares: nobody's data
HOLDS_WORDS = (models.CharField, models.TextField, models.BinaryField, models.JSONField, models.FileField)


def columns_outside_the_vault() -> Iterator[tuple[str, models.Field]]:  # type: ignore[type-arg]  # a column of any kind
    """Yield every column of every table of the house that is not in the vault, with its dotted name."""
    for model in apps.get_models():
        if model.__module__.startswith("camket.") and model._meta.app_label not in VAULT:
            for column in model._meta.local_fields:
                yield f"{model.__module__}.{model.__name__}.{column.name}", column


def models_near_people() -> list[type[models.Model]]:
    """Return the tables that hold something of a person, sealed or not: subjects' in the vault, staff's in access."""
    return [model for model in apps.get_models() if model._meta.app_label in VAULT | {"access"}]


def lacks_reason(column: models.Field) -> bool:  # type: ignore[type-arg]  # a column of any kind
    """Whether a column could hold a person's words and does not say what else it is for."""
    # A choice among words of ours is no room for anybody else's; a database check that says the same is the model's business.
    return isinstance(column, HOLDS_WORDS) and not column.choices and not str(column.help_text).startswith("reason:")


class TestAColumnOutsideTheVault:
    def test_that_could_hold_words_says_why(self) -> None:
        bare = [f'{name}: give it help_text="reason: …"' for name, column in columns_outside_the_vault() if lacks_reason(column)]
        assert not bare, listed(bare)

    def test_never_points_into_the_vault(self) -> None:
        pointing = [name for name, column in columns_outside_the_vault() if column.related_model and column.related_model._meta.app_label in VAULT]
        assert not pointing, listed([f"{name}: keep a plain subject_id or matter_id" for name in pointing])

    def test_never_holds_a_file(self) -> None:
        assert not [name for name, column in columns_outside_the_vault() if isinstance(column, models.FileField)]

    @pytest.mark.parametrize(
        "column", [models.CharField(max_length=9), models.TextField(), models.BinaryField(), models.EmailField(), models.JSONField()]
    )
    def test_is_noticed_when_it_does_not(self, column: models.Field) -> None:  # type: ignore[type-arg]  # a column of any kind
        assert lacks_reason(column)

    def test_is_left_alone_when_it_does(self) -> None:
        assert not lacks_reason(models.CharField(max_length=9, help_text="reason: the name of an act, never a person's"))


class TestAModel:
    @pytest.mark.parametrize("model", models_near_people(), ids=lambda model: model._meta.label)
    def test_of_people_shows_none_of_its_words_in_a_log(self, model: type[models.Model]) -> None:
        columns = [column for column in model._meta.local_fields if isinstance(column, HOLDS_WORDS)]
        words = [column.attname for column in columns if not (column.choices or column.primary_key or column.name in OUR_WORDS)]
        row = model(**dict.fromkeys(words, CANARY))
        assert CANARY not in f"{row} {row!r}"

    def test_that_shows_its_words_is_noticed(self) -> None:
        class Planted:
            name = CANARY

            def __str__(self) -> str:
                return self.name

        assert CANARY in f"{Planted()}"

    @pytest.mark.django_db
    def test_has_no_missing_migration(self) -> None:
        call_command("makemigrations", "--check", "--dry-run", verbosity=1)


class TestAColumnThatKeepsAnIdOfThePolicy:
    NAMES = frozenset({"purpose", "collection"})

    def columns(self) -> list[models.CharField]:  # type: ignore[type-arg]  # of any kind
        found = [column for model in apps.get_models() for column in model._meta.local_fields if column.name in self.NAMES]
        return [column for column in found if isinstance(column, models.CharField) and column.model.__module__.startswith("camket.")]

    def test_is_asked_for_no_longer_one(self) -> None:
        assert is_identifier("a" * LONGEST_ID)
        assert not is_identifier("a" * (LONGEST_ID + 1))

    def test_has_room_for_the_longest(self) -> None:
        narrow = [f"{column.model.__name__}.{column.name}: {column.max_length}" for column in self.columns() if (column.max_length or 0) < LONGEST_ID]
        assert len(self.columns()) > 5
        assert not narrow, listed(narrow)
