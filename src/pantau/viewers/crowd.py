"""Views in progress and where they sit: plain bookkeeping, with a bound on everything."""

from collections.abc import Mapping
from typing import Final

from pantau.viewers.views import Delivery
from pantau.viewers.watching import Seat, View

Seats = dict[bytes, Seat]
_NO_SEATS: Final[Mapping[bytes, Seat]] = {}


class Crowd:
    """Everybody who watches.  Loop only."""

    def __init__(self) -> None:
        self._views: dict[int, dict[str, View]] = {}
        self.live: Final[dict[int, Seats]] = {}
        """Before live pictures, by camera and number."""
        self._replays: dict[int, Seats] = {}
        self._lines: dict[bytes, int] = {}
        self.count = 0

    def by_camera(self) -> Mapping[int, Mapping[str, View]]:
        """Return the views of every camera that has any."""
        return self._views

    def before(self, camera_id: int) -> Mapping[str, View]:
        """Return the views of one camera."""
        return self._views.get(camera_id, {})

    def all(self) -> list[View]:
        """Return every view."""
        return [view for views in self._views.values() for view in views.values()]

    def behind(self, line: bytes) -> int:
        """Return how many views one address has."""
        return self._lines.get(line, 0)

    def keep(self, view: View) -> None:
        """Take a view in; it sits nowhere yet."""
        self._views.setdefault(view.camera_id, {})[view.view_id] = view
        self.count += 1
        if view.line:
            self._lines[view.line] = self._lines.get(view.line, 0) + 1

    def remove(self, view: View) -> None:
        """Let a view go, and its seats."""
        views = self._views[view.camera_id]
        del views[view.view_id]
        self.count -= 1
        if not views:
            del self._views[view.camera_id]
        for number in view.numbers:
            self._leave(view, number)
        if view.line:
            left = self._lines[view.line] - 1
            if left:
                self._lines[view.line] = left
            else:
                del self._lines[view.line]

    def seat(self, delivery: Delivery, camera_id: int, number: bytes) -> Seat | None:
        """Return where somebody with this number sits, if anywhere."""
        return self._table(delivery).get(camera_id, _NO_SEATS).get(number)

    def rename(self, seat: Seat, number: bytes) -> None:
        """Have a whole seat be found by another number as well."""
        for view in seat.views:
            self._table(view.delivery)[view.camera_id][number] = seat
            view.numbers.append(number)
        seat.numbers.add(number)

    def sit(self, view: View, number: bytes, *, most_numbers: int) -> Seat:
        """Have a view be found by a number as well; its oldest one is given up for it."""
        if number not in view.numbers:
            view.numbers.append(number)
        seats = self._table(view.delivery).setdefault(view.camera_id, {})
        seat = seats.get(number)
        if seat is None:
            seat = seats[number] = Seat()
            seat.numbers.add(number)
        seat.add(view)
        if len(view.numbers) > most_numbers:
            self._give_up(view, view.numbers.pop(0))
        return seat

    def look(self, view: View) -> None:
        """Have the seats of a view find out again whom polls keep."""
        seats = self._table(view.delivery).get(view.camera_id, _NO_SEATS)
        for number in view.numbers:
            if number in seats:
                seats[number].look()

    def _give_up(self, view: View, number: bytes) -> None:
        seats = self._table(view.delivery)[view.camera_id]
        seat = seats.get(number)
        if seat is None or not any(seats.get(other) is seat for other in view.numbers):
            self._leave(view, number)
            return
        # The same seat under a newer number: nobody on it needs the old one.
        del seats[number]
        seat.numbers.discard(number)
        for other in seat.views:
            if number in other.numbers:
                other.numbers.remove(number)

    def _leave(self, view: View, number: bytes) -> None:
        table = self._table(view.delivery)
        seats = table.get(view.camera_id)
        seat = None if seats is None else seats.get(number)
        if seats is None or seat is None:
            return
        seat.remove(view)
        if not seat.views:
            # Also under numbers that only those had who have left before.
            for each in seat.numbers:
                if seats.get(each) is seat:
                    del seats[each]
            if not seats:
                del table[view.camera_id]

    def _table(self, delivery: Delivery) -> dict[int, Seats]:
        return self._replays if delivery is Delivery.REPLAY else self.live
