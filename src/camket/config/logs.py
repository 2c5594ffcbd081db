"""What may reach a log line: the place of a fault and its kind, never the values it was about."""

import logging
import traceback


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    # our own frames say where to look; a library's are kept only where there are none of ours
    ours = [frame for frame in frames if "/camket/" in frame.filename] or frames
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(ours[-6:]))
    return f"{type(error).__name__} at {where}"


class WithoutValues(logging.Filter):
    """Replace an exception's text and locals, and the request's path, by its class and the functions it went through."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            # a database's message repeats the row it refused; only the kind and place of the fault are kept
            record.msg, record.args = f"{_label(record)}: {_place(record.exc_info[1])}", ()
            record.exc_info, record.exc_text = None, None
        elif record.name.startswith("django"):
            record.msg, record.args = _label(record), ()
        return True


def _label(record: logging.LogRecord) -> str:
    status = getattr(record, "status_code", None)
    return f"{record.name} {status}" if status else f"{record.name} fault"
