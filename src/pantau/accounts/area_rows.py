"""The areas that operators may change, where areas themselves change."""

from sqlalchemy import insert, literal, select

from pantau.accounts.models import UserAreaRow
from pantau.db.database import Writing


class RowsOfAreaRights:
    """Gives rights on.  What is deleted with an area is the database's own doing."""

    async def pass_on(self, writing: Writing, leaving: int, into: int) -> None:
        """Give whoever may change `leaving` the same right on `into`."""
        has_it = select(UserAreaRow.user_id).where(UserAreaRow.area_id == into)
        missing = select(UserAreaRow.user_id, literal(into)).where(
            UserAreaRow.area_id == leaving, UserAreaRow.user_id.not_in(has_it)
        )
        await writing.session.execute(
            insert(UserAreaRow).from_select(["user_id", "area_id"], missing)
        )
        writing.changed("accounts")
