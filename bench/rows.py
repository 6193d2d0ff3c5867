"""The report: one row for each promise, with its peer measured in the same run."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measurement; `must` and `aim` limit `ratio` where a peer exists, else `value`.

    `less_is_better` tells which side is good.  `met` is `aim`, `must`, `no`, or `-` (no limit).
    """

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    must: float | None = None
    aim: float | None = None
    less_is_better: bool = True
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.peer_value if self.peer_value else None

    @property
    def met(self) -> str:
        judged = self.ratio if self.ratio is not None else self.value
        if self.must is None:
            return "-"
        for word, limit in (("aim", self.aim), ("must", self.must)):
            if limit is not None and (judged <= limit if self.less_is_better else judged >= limit):
                return word
        return "no"


def write_report(rows: list[Row], folder: Path) -> str:
    """Write report.json and report.md into `folder`; return the table."""
    records = [{**asdict(row), "ratio": row.ratio, "met": row.met} for row in rows]
    (folder / "report.json").write_text(
        json.dumps({"rows": records}, indent=2) + "\n", encoding="utf-8"
    )
    lines = ["| What | Here | Peer | Ratio | Must | Aim | Met |", "|---|--:|--:|--:|--:|--:|---|"]
    for row in rows:
        sign = "≤" if row.less_is_better else "≥"
        peer = f"{row.peer_value:,.4g} ({row.peer})" if row.peer_value is not None else row.peer
        limits = [f"{sign} {limit:g}" if limit is not None else "" for limit in (row.must, row.aim)]
        ratio = f"{row.ratio:.3g}" if row.ratio is not None else ""
        name = f"{row.name}; {row.note}" if row.note else row.name
        lines.append(
            f"| {name} | {row.value:,.4g} {row.unit} | {peer} | {ratio} "
            f"| {limits[0]} | {limits[1]} | {row.met} |"
        )
    table = "\n".join(lines) + "\n"
    (folder / "report.md").write_text(table, encoding="utf-8")
    return table
