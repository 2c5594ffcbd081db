"""A small set of line icons, each one path on a 24 × 24 grid, drawn for this product."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ICONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "arrow": "M4 12h15M13 6l6 6-6 6",
        "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
        "device": "M4 5h16v11H4zM9 20h6M12 16v4",
        "people": "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M2.5 20a6.5 6.5 0 0 1 13 0M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.6a6.5 6.5 0 0 1 3.5 5.4",
        "shield": "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2.2 2.2L15.5 10",
        "back": "M20 12H5M11 6l-6 6 6 6",
        "book": "M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11M9 8h6",
        "chat": "M4 5h16v11H10l-4 4v-4H4zM8 9h8M8 12h5",
        "chart": "M4 20h16M7 20v-6M12 20V6M17 20v-9",
        "check": "M5 12.5l4.5 4.5L19 7.5",
        "close": "M6 6l12 12M18 6L6 18",
        "commands": "M4 5h16v14H4zM7.5 9.5l3 2.5-3 2.5M12.5 15h4",
        "compare": "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4",
        "clock": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.5V12l3 2.5",
        "down": "M12 5v14M6 13l6 6 6-6",
        "download": "M12 4v11M7 11l5 5 5-5M5 20h14",
        "eye": "M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
        "event": "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 3v6M12 15v6",
        "filter": "M4 6h16M7 12h10M10 18h4",
        "gauge": "M4 18a8.5 8.5 0 1 1 16 0M12 15l4-5M12 13.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3",
        "globe": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17",
        "inbox": "M4 13l3-8h10l3 8v6H4zM4 13h5l1 3h4l1-3h5",
        "key": "M8 12a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10.5 13L19 4.5M16 7.5l2.5 2.5M13.5 10l2 2",
        "layers": "M12 4l9 5-9 5-9-5zM3 14l9 5 9-5",
        "letter": "M4 6h16v12H4zM4 7l8 6 8-6",
        "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
        "note": "M5 4h14v10l-5 6H5zM14 20v-6h5M9 9h6",
        "pen": "M5 19l1-4L16 5l3 3L9 18zM14 7l3 3",
        "person": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.5 20a7.5 7.5 0 0 1 15 0",
        "phone": "M6 4h3l2 5-2 1.5a11 11 0 0 0 4.5 4.5L15 13l5 2v3a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2",
        "print": "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
        "seal": "M19 6.5a8.5 8.5 0 1 0 1.3 7.5M8 12l3.2 3.2L20.5 6",
        "plus": "M12 5v14M5 12h14",
        "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5L20 20",
        "sign_out": "M14 4H5v16h9M10 12h10M16 8l4 4-4 4",
        "two": "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M2.5 20a6.5 6.5 0 0 1 13 0M15.5 5.2a3.5 3.5 0 0 1 0 6.6M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
        "up": "M12 19V5M6 11l6-6 6 6",
        "warning": "M12 4L2.5 20h19zM12 10v5M12 17.5v.2",
    }
)
