"""What visitors wrote to the old hub, as it is kept here."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pantau.feedback.inputs import LONGEST_MESSAGE
from pantau.feedback.models import EMAIL_LENGTH, NAME_LENGTH
from pantau.feedback.values import STATUSES
from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.values import SourceRow


def past_messages(
    rows: Iterable[Mapping[str, Any]], report: TableReport, *, now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield messages as `feedback.repository.add_all` takes them.

    Addresses of senders are kept nowhere here, and stay behind.
    """
    for values in rows:
        row = SourceRow(values, report)
        report.found += 1
        message = row.text("message", most=LONGEST_MESSAGE)
        if not message:
            report.skip("it says nothing")
            continue
        if row.text("ip_address"):
            report.adjust("ip_address: addresses of senders are not kept")
        report.brought += 1
        yield {
            "name": row.text_or_none("name", most=NAME_LENGTH),
            "email": row.text_or_none("email", most=EMAIL_LENGTH),
            "phone": None,
            "message": message,
            "status": row.choice("status", STATUSES, "unread"),
            "category": "other",
            "camera_id": None,
            "camera_name": "",
            "incident_at": None,
            "is_spam": False,
            "sender": "",
            "notes": "",
            "created_at": row.moment("created_at", otherwise=now) or now,
        }
