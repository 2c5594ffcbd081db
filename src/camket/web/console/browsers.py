"""What a session is listed under: a family of browsers and a kind of machine. Nothing else of what a browser says is kept."""

from django.http import HttpRequest

# the first that is named decides: most browsers also name those they want to be taken for
_BROWSERS = (
    ("edg/", "edge"),
    ("edga/", "edge"),
    ("edgios/", "edge"),
    ("samsungbrowser/", "samsung"),
    ("opr/", "opera"),
    ("firefox/", "firefox"),
    ("fxios/", "firefox"),
    ("crios/", "chrome"),
    ("chrome/", "chrome"),
    ("safari/", "safari"),
)
_SYSTEMS = (
    ("iphone", "ios"),
    ("ipad", "ios"),
    ("android", "android"),
    ("windows", "windows"),
    ("mac os", "mac"),
    ("linux", "linux"),
    ("cros", "linux"),
)


def _first(said: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((word for mark, word in table if mark in said), "other")


def browser_words(request: HttpRequest) -> tuple[str, str]:
    """Return the family of the browser and the kind of its machine, each one word of `access.rules`."""
    said = request.headers.get("User-Agent", "")[:400].lower()
    return _first(said, _BROWSERS), _first(said, _SYSTEMS)
