"""Measure: ``python -m bench``, or ``make bench``."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict

from bench.child import ROOT
from bench.rows import Row, machine, ratios, show
from bench.sections import SECTIONS, USUAL, Asked

RESULTS = ROOT / "bench" / "results"


def main() -> None:
    """Measure what was asked for, print it, and keep it with ``--out``."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed, memory and start of brink.")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=USUAL, help="these sections")
    parser.add_argument("--engine", help="passed to simulate; default: its own default")
    parser.add_argument("--seconds", type=float, default=10.0, help="time for each speed (default 10)")
    parser.add_argument("--out", action="store_true", help="keep the figures as bench/results/DATE-MACHINE.json")
    given = parser.parse_args()
    rows: list[Row] = []
    for name in given.only:
        print(f"{name}: {(SECTIONS[name].__doc__ or '').splitlines()[0]}", flush=True)
        for row in SECTIONS[name](Asked(given.engine, given.seconds)):
            rows.append(row)
            print(f"  {row.label}: {row.value if row.value is not None else row.wall or row.note}", flush=True)
    where = machine()
    show(rows, where)
    if given.out:
        known = {row.key: row for row in rows}
        record = {"machine": where, "engine": given.engine, "rows": [asdict(r) for r in rows], "bars": ratios(known)}
        RESULTS.mkdir(exist_ok=True)
        processor = re.sub(r"[^a-z0-9]+", "-", str(where["processor"]).lower()).strip("-")
        path = RESULTS / f"{where['date']}-{processor}-{where['cores']}.json"
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        print(f"kept as {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
