"""How a database would carry out a statement, as a test asks it: of what an index can do, not of what a few rows are worth."""

from typing import Any

from django.db import connection


def plan_of(statement: str, given: Any = None) -> str:
    """Return the plan of a statement, a step a line.

    A test's few rows are quicker read through and sorted than looked up, and PostgreSQL chooses by what it happened to see of the table last.
    It is told to do so only where no index serves: what is then left of sorts and scans is what no index can spare.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"{'EXPLAIN QUERY PLAN' if connection.vendor == 'sqlite' else 'EXPLAIN'} {statement}", given)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
