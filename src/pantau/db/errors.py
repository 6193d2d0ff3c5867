"""What the drivers raise, in the words of the house.  The only place that knows their texts."""

from sqlalchemy.exc import IntegrityError


def breaks_unique(error: IntegrityError, rule: str) -> bool:
    """Tell whether `error` is a second row with the same value where there may be one.

    `rule` is `table.column` (several: `table.one, table.two`, in the order of the constraint), or
    the name of a unique index over an expression.  The transaction is lost: catch it around
    `Database.write()`, or around a `session.begin_nested()` to go on.
    """
    raise NotImplementedError


def breaks_foreign_key(error: IntegrityError) -> bool:
    """Tell whether `error` is a reference to a row that is not there, or to one that must stay."""
    raise NotImplementedError
