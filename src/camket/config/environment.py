"""What the operator set: every `CAMKET_…` variable with its default, its meaning, and where its value came from."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from camket.config.databases import CACHE_KB, KEEP_SECONDS, SQLITE, WAIT_SECONDS, pragmas
from camket.config.homefile import FILE_NAME, BadLine, read_home_file
from camket.jobs.binding import is_place_to_listen, place_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable that Camket reads from the environment or from the home's file, and what it means."""

    name: str
    meaning: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One variable with the value in force and where that came from: 'environment', 'file' or 'default'."""

    variable: Variable
    value: str
    source: str


class BadSetting(Exception):
    """A variable has a value that cannot be used, or the home's file a line; the message says which, and how to mend it."""


VARIABLES = (
    Variable(name="CAMKET_HOME", meaning="folder of everything the embedded default keeps"),
    Variable(name="CAMKET_DATABASE_URL", meaning="main database: postgresql://… or empty for SQLite in CAMKET_HOME", is_secret=True),
    Variable(
        name="CAMKET_KEYS_DATABASE_URL", meaning="database of the keys, apart from the data: postgresql://… or empty for SQLite", is_secret=True
    ),
    Variable(name="CAMKET_BIND", meaning="host:port where pages are served"),
    Variable(name="CAMKET_STREAM_BIND", meaning="host:port of the desks' live stream, or off; open pages poll where it is not reached"),
    Variable(name="CAMKET_URL", meaning="public address, for links in letters"),
    Variable(name="CAMKET_SITE_NAME", meaning="what the company is called on its pages and in its letters"),
    Variable(name="CAMKET_TRUSTED_PROXIES", meaning="addresses whose forwarding headers are believed, separated by commas"),
    Variable(name="CAMKET_POLICY", meaning="folder of editions; those not yet published are, in order, on start"),
    Variable(name="CAMKET_REGIME", meaning="rule pack of the law, a file in regimes/ without its ending"),
    Variable(name="CAMKET_CONTROLLER_EMAIL", meaning="the controller's address of section 5; has no made-up default"),
    Variable(name="CAMKET_STORED_IN", meaning="countries in which databases and backups lie, by ISO 3166-1 and separated by commas; has no default"),
    Variable(name="CAMKET_SMTP_URL", meaning="smtp://user:pass@host:port?tls=starttls, file:FOLDER, or empty: letters wait", is_secret=True),
    Variable(name="CAMKET_IMAP_URL", meaning="mailbox that letters come back to: imaps://user:pass@host:port/FOLDER, or empty", is_secret=True),
    Variable(name="CAMKET_MAILBOX_DAYS", meaning="days, 0 to 90, that a returned letter stays in the mailbox once it is understood"),
    Variable(name="CAMKET_ANSWER_WAITS", meaning="seconds, 0 to 120, that an answer's letter waits so that it can be taken back"),
    Variable(name="CAMKET_LETTERS_PER_DOMAIN", meaning="letters of campaigns a minute to one recipient domain; 0 for as many as the carrier takes"),
    Variable(name="CAMKET_OIDC_ISSUER", meaning="address of the company's own sign-in service for staff (OpenID Connect); empty: there is none"),
    Variable(name="CAMKET_OIDC_CLIENT_ID", meaning="what that service calls us"),
    Variable(name="CAMKET_OIDC_CLIENT_SECRET", meaning="by what that service knows us", is_secret=True),
    Variable(name="CAMKET_OIDC_SECOND_FACTOR", meaning="what of it counts as a second factor, such as amr=mfa,acr=phr; empty: ours is asked for"),
    Variable(name="CAMKET_LOG", meaning="how lines of the log are written: text, or json for one JSON object a line"),
)


_TIMES_BEFORE_PREPARED = 3  # on each connection; a page that is looked at once leaves nothing in the server
_WANTED_OF_A_DATABASE = "must be empty (SQLite) or look like postgresql://user:password@host:5432/database"
_LONGEST_NAME = 60  # characters; it stands beside the mark at the head of a phone's page
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[^@\s<>()\[\],;:\\\"./]+(\.[^@\s<>()\[\],;:\\\"./]+)+")


def _is_email(value: str) -> bool:
    return bool(_EMAIL.fullmatch(value))


def _is_name(value: str) -> bool:
    return len(value) <= _LONGEST_NAME and value.isprintable() and not set(value) & set('<>"@')


def _is_public_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme in ("http", "https") and bool(re.fullmatch(r"[A-Za-z0-9.:-]+", parts.hostname or "")) and port != 0 and is_bare


def _are_addresses(value: str) -> bool:
    try:
        return all(ipaddress.ip_address(one.strip()) for one in value.split(",") if one.strip())
    except ValueError:
        return False


def _are_countries(value: str) -> bool:
    return all(re.fullmatch(r"[A-Z]{2}", one.strip()) for one in value.split(","))


def _is_issuer(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    is_bare = not (parts.query or parts.fragment or parts.username or parts.password) and port != 0 and len(value) <= 200
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
    return is_safe and is_bare and bool(re.fullmatch(r"[!-~]+", value)) and bool(re.fullmatch(r"[A-Za-z0-9.:-]+", parts.hostname or ""))


def _are_said(value: str) -> bool:
    return all(re.fullmatch(r"(amr|acr)=[!-+\--~]{1,100}", one.strip()) for one in value.split(","))


_SHAPES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "CAMKET_BIND": (is_place_to_listen, "host:port, such as 127.0.0.1:8000 or [::1]:8000"),
    "CAMKET_STREAM_BIND": (lambda value: value == "off" or is_place_to_listen(value), "host:port, such as 127.0.0.1:8001 or [::1]:8001, or off"),
    "CAMKET_URL": (_is_public_address, "the site's address without a path, such as https://www.example.vn"),
    "CAMKET_SITE_NAME": (_is_name, 'a name of at most 60 characters, without line breaks and without < > " or @'),
    "CAMKET_CONTROLLER_EMAIL": (_is_email, "one e-mail address, such as lienhe@example.vn, or empty"),
    "CAMKET_STORED_IN": (_are_countries, "two capital letters for each country, separated by commas, such as VN or VN,SG, or empty"),
    "CAMKET_TRUSTED_PROXIES": (_are_addresses, "IP addresses separated by commas, such as 127.0.0.1,::1, or empty"),
    "CAMKET_MAILBOX_DAYS": (lambda value: bool(re.fullmatch(r"[0-9]{1,2}", value)) and int(value) <= 90, "a number of days from 0 to 90"),
    "CAMKET_ANSWER_WAITS": (lambda value: bool(re.fullmatch(r"[0-9]{1,3}", value)) and int(value) <= 120, "a number of seconds from 0 to 120"),
    "CAMKET_LETTERS_PER_DOMAIN": (lambda value: bool(re.fullmatch(r"[0-9]{1,6}", value)), "a number of letters a minute, from 0 to 999999"),
    "CAMKET_OIDC_ISSUER": (_is_issuer, "https://… as the sign-in service writes its own name; http:// on this machine alone, for a trial"),
    "CAMKET_OIDC_CLIENT_ID": (lambda value: bool(re.fullmatch(r"[!-~]{1,200}", value)), "the id that the sign-in service gave"),
    "CAMKET_OIDC_SECOND_FACTOR": (_are_said, "amr=WORD or acr=WORD, several separated by commas, such as amr=mfa,acr=phr"),
    "CAMKET_LOG": (lambda value: value in ("text", "json"), "text or json"),
    "CAMKET_REGIME": (lambda value: bool(re.fullmatch(r"[a-z0-9-]+", value)), "the name of a rule pack in regimes/, such as vn-2026"),
}


def _require_shapes(found: Mapping[str, Setting]) -> None:
    for name, (is_well_formed, wanted) in _SHAPES.items():
        value = found[name].value
        if value and not is_well_formed(value):
            raise BadSetting(f"{name} is {value!r}; it must be {wanted}")


def _checkout() -> Path | None:
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "policies").is_dir() else None


def _anchor() -> Path:
    """The checkout, or the installed package's own folder: never the current folder (house.md §9.14)."""
    return _checkout() or Path(__file__).resolve().parents[1]


def _default_home(env: Mapping[str, str]) -> Path:
    checkout = _checkout()
    if checkout:
        return checkout / "var"
    data = env.get("XDG_DATA_HOME") or str(Path(env.get("HOME", "/")) / ".local" / "share")
    return Path(data) / "camket"


def read_settings(env: Mapping[str, str] | None = None) -> dict[str, Setting]:
    """
    Return every variable with its value in force and its source.

    The environment wins over the file `camket.env` in the home, the file over the defaults; an empty value counts as none.

    Args:
        env: The environment to read; the process's own when None.

    Raises:
        BadSetting: A value has the wrong shape, or the file a line that cannot be understood.
    """
    given = os.environ if env is None else env
    home = given.get("CAMKET_HOME") or str(_default_home(given))
    names = [variable.name for variable in VARIABLES]
    try:
        in_file = read_home_file(Path(home) / FILE_NAME, known=names)
    except BadLine as error:
        raise BadSetting(str(error)) from error
    set_by_hand = {name: (value, source) for source, values in (("file", in_file), ("environment", given)) for name, value in values.items() if value}
    found = {variable.name: _setting(variable, set_by_hand, _defaults(home, set_by_hand)) for variable in VARIABLES}
    _require_shapes(found)
    return found


def _defaults(home: str, set_by_hand: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    bind, _ = set_by_hand.get("CAMKET_BIND", ("127.0.0.1:8000", ""))
    return {
        "CAMKET_HOME": home,
        "CAMKET_BIND": "127.0.0.1:8000",
        "CAMKET_STREAM_BIND": (place_after(bind) if is_place_to_listen(bind) else "") or "off",
        "CAMKET_URL": f"http://localhost:{bind.rpartition(':')[2]}",
        "CAMKET_SITE_NAME": "WeSoft",
        "CAMKET_POLICY": str(_anchor() / "policies" / "wesoft"),
        "CAMKET_REGIME": "vn-2026",
        "CAMKET_MAILBOX_DAYS": "7",
        "CAMKET_ANSWER_WAITS": "30",
        "CAMKET_LETTERS_PER_DOMAIN": "600",
        "CAMKET_LOG": "text",
    }


def _setting(variable: Variable, set_by_hand: Mapping[str, tuple[str, str]], defaults: Mapping[str, str]) -> Setting:
    value, source = set_by_hand.get(variable.name, (defaults.get(variable.name, ""), "default"))
    return Setting(variable=variable, value=value, source=source)


def regimes_folder() -> Path:
    """Return the folder that holds the rule packs of the law."""
    return _anchor() / "regimes"


def papers_folder() -> Path:
    """Return the folder of the documents that come with the software; where it was installed without them, it is not there."""
    return _anchor() / "docs"


def database(url: str, *, sqlite_file: Path, name: str) -> dict[str, object]:
    """
    Return Django's description of one database.

    Args:
        url: `postgresql://user:pass@host:port/name?option=value`, or empty for SQLite.
        sqlite_file: The file to use where `url` is empty.
        name: The variable's name, for the error message.

    Raises:
        BadSetting: `url` is neither empty nor a PostgreSQL address that can be read, or `prepare_threshold` is neither a number nor `none`.
    """
    if not url:
        return {
            "ENGINE": SQLITE,
            "NAME": str(sqlite_file),
            "CONN_MAX_AGE": KEEP_SECONDS,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": WAIT_SECONDS, "init_command": pragmas(CACHE_KB)},
        }
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # `from None`: the parser's message repeats what it took for the port, and that may be a piece of the password
        raise BadSetting(f"{name} {_WANTED_OF_A_DATABASE}; in the password / is %2F, # is %23 and [ is %5B") from None
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise BadSetting(f"{name} {_WANTED_OF_A_DATABASE}")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    times = options.pop("prepare_threshold", str(_TIMES_BEFORE_PREPARED))
    if not re.fullmatch(r"[0-9]{1,4}|none", str(times)):
        raise BadSetting(f"{name}: prepare_threshold is a whole number, or none where a pooler knows no prepared statements")
    # statements are prepared: planning what the gate asks takes the server longer than answering it
    prepared = {"server_side_binding": True, "prepare_threshold": None if times == "none" else int(str(times))}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(options.pop("port", None) or port or ""),
        "CONN_MAX_AGE": KEEP_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**options, **prepared},
    }
