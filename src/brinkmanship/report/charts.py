"""The charts, as Vega-Lite specifications.

They are written as they are and not by way of a library that makes them: that would check each against the schema of
Vega-Lite, every time a page is made, where a test does it once.

Colours are custom properties of the page's style (``var(--accent)``), so that one drawing serves light and dark.
Dates are read and shown in UTC, since a day is a day wherever the page is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

Spec = dict[str, Any]
POINTS = 120
"""Days drawn of a curve, at most: more than a small chart can show."""
SMALL = 108
TALLER = SMALL + 14
"""Heights."""
TAIL = 0.16
"""Width of the density beside a fan, as a share of the time shown."""
BINS = 30
CEILINGS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Where the axis of a share may end (our choice)."""
BEFORE: Spec = {"type": "line", "color": "var(--muted)", "strokeWidth": 1.4, "strokeDash": [4, 3]}
"""The line of what it is without the supposition."""


def thinned(days: int) -> np.ndarray:
    """The rows of the days that are drawn: first and last always."""
    return np.unique(np.linspace(0, days - 1, min(days, POINTS)).round().astype(int))


def ceiling(share: float) -> float:
    """Where the axis of a share ends: at the first of `CEILINGS` that holds it.

    >>> ceiling(0.034), ceiling(0.4)
    (0.05, 0.5)
    """
    return next((each for each in CEILINGS if each >= share), 1.0)


def incidence(dates: np.ndarray, share: np.ndarray, before: np.ndarray | None = None) -> Spec:
    """Share of runs in which something has come true by each day, from 0 to `ceiling`; ``before``, dashed."""
    columns = {"share": share} | ({"before": before} if before is not None else {})
    line = {"color": "var(--accent)", "strokeWidth": 2}
    area = {"type": "area", "color": "var(--band)", "line": line, "interpolate": "step-after"}
    top = ceiling(max(float(each.max()) for each in columns.values()))
    tips = [_day_tip(), *_percent_tips({"share": "so by then", "before": "without the move"}, columns)]
    shown: list[Spec] = [
        {"mark": area, "encoding": {"x": _time(dates), "y": _share("share", top) | {"stack": None}, "tooltip": tips}}
    ]
    if before is not None:
        stepped = BEFORE | {"interpolate": "step-after"}
        shown.append({"mark": stepped, "encoding": {"x": _also("day"), "y": _also("before"), "tooltip": tips}})
    return _finished({"data": _curves(dates, columns), "layer": shown}, SMALL)


def answers(dates: np.ndarray, shares: np.ndarray, parts: Sequence[int], before: np.ndarray | None = None) -> Spec:
    """Shares of runs ``(answer, time)`` in which each answer to a question has been given by each day, as lines.

    ``parts`` are the numbers of their colours.
    """
    names = [f"answer{rank}" for rank in range(len(shares))]
    columns = dict(zip(names, shares, strict=True))
    if before is not None:
        columns |= {f"before{rank}": each for rank, each in enumerate(before)}
    top = ceiling(max(float(each.max()) for each in columns.values()))
    shown: list[Spec] = []
    for rank, name in enumerate(names):
        line = {"type": "line", "color": f"var(--part-{parts[rank]})", "strokeWidth": 2, "interpolate": "step-after"}
        place = {"x": _also("day"), "y": _also(name)} if shown else {"x": _time(dates), "y": _share(name, top)}
        shown.append(
            {"mark": line, "encoding": place | {"tooltip": [_day_tip(), *_percent_tips({name: "so by then"})]}}
        )
        if before is not None:
            dashed = line | {"strokeWidth": 1.3, "strokeDash": [4, 3]}
            shown.append({"mark": dashed, "encoding": {"x": _also("day"), "y": _also(f"before{rank}")}})
    return _finished({"data": _curves(dates, columns), "layer": shown}, SMALL)


def shares(dates: np.ndarray, share: np.ndarray, before: np.ndarray | None = None) -> Spec:
    """Share of runs in which a flag is true on each day."""
    columns = {"share": share} | ({"before": before} if before is not None else {})
    tips = [_day_tip(), *_percent_tips({"share": "true in", "before": "without the move"}, columns)]
    line = {"type": "line", "color": "var(--accent)", "strokeWidth": 2}
    top = ceiling(max(float(np.nanmax(each)) for each in columns.values()))
    shown: list[Spec] = [
        {"mark": line, "encoding": {"x": _time(dates, TAIL), "y": _share("share", top), "tooltip": tips}}
    ]
    if before is not None:
        shown.append({"mark": BEFORE, "encoding": {"x": _also("day"), "y": _also("before")}})
    return _finished({"data": _curves(dates, columns), "layer": shown}, TALLER)


QUANTILES = {"q05": "5 %", "q25": "25 %", "q50": "median", "q75": "75 %", "q95": "95 %"}


def fan(
    dates: np.ndarray,
    quantiles: np.ndarray,
    counts: np.ndarray,
    edges: np.ndarray,
    levels: tuple[str, ...] = (),
    before: np.ndarray | None = None,
) -> Spec:
    """Quantiles of a quantity over time, ``(quantile, time)`` with five levels, and its values on the last day.

    ``levels`` are the names of a rung's levels, lowest first; ``before`` is its median without the supposition.
    """
    columns = dict(zip(QUANTILES, quantiles, strict=True))
    bars = _density(dates, counts, edges)
    ends = [float(np.nanmin(quantiles[0])), float(np.nanmax(quantiles[4])), *(b["low"] for b in bars)]
    ends += [b["high"] for b in bars]
    if before is not None:
        columns["before"] = before
        ends += [float(np.nanmin(before)), float(np.nanmax(before))]
    scale = {"domain": [min(ends), max(ends)], "nice": False, "zero": False}
    y = {"field": "q05", "type": "quantitative", "scale": scale, "axis": _value_axis(levels)}
    tips = [
        _day_tip(),
        *({"field": n, "type": "quantitative", "title": t, "format": ",.3~g"} for n, t in _named(columns)),
    ]
    accent = {"color": "var(--accent)"}
    wide = {"mark": {"type": "area", "opacity": 0.14} | accent}
    narrow = {"mark": {"type": "area", "opacity": 0.26} | accent}
    shown: list[Spec] = [
        wide | {"encoding": {"x": _time(dates, TAIL), "y": y, "y2": {"field": "q95"}}},
        narrow | {"encoding": {"x": _also("day"), "y": _also("q25"), "y2": {"field": "q75"}}},
    ]
    if before is not None:
        shown.append({"mark": BEFORE, "encoding": {"x": _also("day"), "y": _also("before")}})
    median = {"type": "line", "strokeWidth": 2} | accent
    shown.append({"mark": median, "encoding": {"x": _also("day"), "y": _also("q50"), "tooltip": tips}})
    place = {
        "x": _also("from") | {"type": "temporal"},
        "x2": {"field": "to"},
        "y": _also("low"),
        "y2": {"field": "high"},
    }
    shown.append({"data": {"values": bars}, "mark": {"type": "rect", "opacity": 0.55} | accent, "encoding": place})
    return _finished({"data": _curves(dates, columns), "layer": shown}, TALLER)


def _named(columns: Mapping[str, Any]) -> list[tuple[str, str]]:
    order = ("q50", "before", "q25", "q75", "q05", "q95")
    return [(name, (QUANTILES | {"before": "median without the move"})[name]) for name in order if name in columns]


def _value_axis(levels: tuple[str, ...]) -> Spec:
    if not levels:
        return _axis(tickCount=4)
    names = ", ".join(repr(each.replace("_", " ")) for each in levels)
    # Vega leaves out values beyond the count of ticks.
    axis: Spec = {"values": list(range(len(levels))), "tickCount": len(levels)}
    return _axis(**axis, labelLimit=104, labelExpr=f"[{names}][datum.value]")


def ladder(dates: np.ndarray, shares_of: np.ndarray, names: Sequence[str], colours: Sequence[str]) -> Spec:
    """Share of runs ``(week, band)`` by what was highest in each week; the bands from the top of the chart down."""
    weeks = _days(dates)
    rows = [
        {"week": week, "band": names[rank], "rank": rank, "share": round(float(share), 5)}
        for week, line in zip(weeks, shares_of, strict=True)
        for rank, share in enumerate(line)
        if share > 0
    ]
    encoding = {
        "x": {
            "field": "week",
            "type": "ordinal",
            "axis": _weeks(dates),
            "scale": {"domain": weeks, "paddingInner": 0.06, "paddingOuter": 0},
        },
        "y": _share("share", 1.0) | {"stack": "zero", "axis": _axis(format="%", tickCount=4)},
        "color": {
            "field": "band",
            "type": "nominal",
            "scale": {"domain": list(names), "range": list(colours)},
            "legend": None,
        },
        "order": {"field": "rank", "type": "quantitative", "sort": "descending"},
        "tooltip": [
            {"field": "week", "type": "nominal", "title": "week from"},
            {"field": "band", "type": "nominal", "title": "highest"},
            *_percent_tips({"share": "runs"}),
        ],
    }
    return _finished({"data": {"values": rows}, "mark": "bar", "encoding": encoding}, 250)


def _curves(dates: np.ndarray, columns: Mapping[str, np.ndarray]) -> Spec:
    """Curves ``(time,)`` as rows; days on which one of them is not known are left out."""
    kept = thinned(len(dates))
    rows = np.stack([each[kept] for each in columns.values()], axis=1)
    there = ~np.isnan(rows).any(axis=1)
    days = np.array(_days(dates[kept]))[there].tolist()
    values = [
        {"day": day} | {name: float(f"{value:.5g}") for name, value in zip(columns, row, strict=True)}
        for day, row in zip(days, rows[there].tolist(), strict=True)
    ]
    return {"values": values}


def _density(dates: np.ndarray, counts: np.ndarray, edges: np.ndarray) -> list[dict[str, float]]:
    """Bars beside the last day, as long as the runs in a bin are many: few enough bins to be seen."""
    edges = edges[~np.isnan(edges)]
    counts = counts[: len(edges) - 1]
    taken = np.flatnonzero(counts)
    first, last = (int(taken[0]), int(taken[-1]) + 1) if len(taken) else (0, 1)
    width = -(-(last - first) // BINS)
    # All bars of as many bins, the last one too.
    first = max(0, min(first, len(counts) - width * -(-(last - first) // width)))
    spans = [(low, min(low + width, len(counts))) for low in range(first, last, width)]
    rows = [(float(edges[low]), float(edges[high]), int(counts[low:high].sum())) for low, high in spans]
    start = dates[-1].astype("datetime64[s]").astype(float)
    room = TAIL * 0.92 * max(float((dates[-1] - dates[0]).astype("timedelta64[s]").astype(float)), 86_400.0)
    # Bars of unlike width: what counts is how many runs there are to a unit of the quantity.
    heights = np.array([count / max(high - low, 1e-12) for low, high, count in rows])
    ends = start + room * heights / max(heights.max(), 1e-12)
    return [
        {"low": low, "high": high, "from": int(start * 1000), "to": int(end * 1000)}
        for (low, high, _), end in zip(rows, ends, strict=True)
    ]


def _days(dates: np.ndarray) -> list[str]:
    """Times as text: dates alone where all steps begin a day, and else with the hour, in UTC."""
    days = dates.astype("datetime64[D]")
    if (days == dates).all():
        return [str(each) for each in days]
    return [f"{each}Z" for each in dates.astype("datetime64[s]")]


def _also(field: str) -> Spec:
    """A further field on an axis that the first layer has described."""
    return {"field": field, "type": "temporal" if field == "day" else "quantitative", "title": None}


def _time(dates: np.ndarray, beyond: float = 0.0) -> Spec:
    """The axis of days: a few ticks, and room ``beyond`` the last day."""
    first, last = (int(each.astype("datetime64[s]").astype("int64")) for each in (dates[0], dates[-1]))
    last = max(last, first + 86_400)
    stretch = [_instant(first), _instant(last + beyond * (last - first))]
    ticks = [_instant(first + (last - first) * part / 2) for part in range(3)]
    axis = _axis(values=ticks, format="%-d %b", labelFlush=True, grid=False)
    scale = {"type": "utc", "domain": stretch, "nice": False}
    return {"field": "day", "type": "temporal", "scale": scale, "axis": axis}


def _instant(seconds: float) -> Spec:
    """A time in words of Vega-Lite: a bare number would be read otherwise by the interpreter of expressions."""
    when = datetime.fromtimestamp(seconds, UTC)
    parts = {"year": when.year, "month": when.month, "date": when.day, "hours": when.hour, "minutes": when.minute}
    return {"utc": True} | parts


def _weeks(dates: np.ndarray) -> Spec:
    some = dates[np.unique(np.linspace(0, len(dates) - 1, min(len(dates), 5)).round().astype(int))]
    text = "utcFormat(toDate(datum.value), '%-d %b')"
    return _axis(values=_days(some), labelExpr=text, labelAngle=0, labelOverlap=True)


def _share(field: str, top: float) -> Spec:
    axis = _axis(format=".1~%", values=[0, top / 2, top])
    return {"field": field, "type": "quantitative", "scale": {"domain": [0, top]}, "axis": axis}


def _axis(**options: Any) -> Spec:
    # Few labels, which need neither be cut nor left out: to measure for that takes longer than all the rest.
    return {"title": None, "labelLimit": 0, "labelOverlap": False} | options


def _day_tip() -> Spec:
    unit = {"timeUnit": "utcyearmonthdate", "title": "day", "format": "%-d %B %Y"}
    return {"field": "day", "type": "temporal"} | unit


def _percent_tips(titles: Mapping[str, str], columns: Mapping[str, Any] | None = None) -> list[Spec]:
    names = [name for name in titles if columns is None or name in columns]
    return [{"field": name, "type": "quantitative", "title": titles[name], "format": ".1%"} for name in names]


def _finished(chart: Spec, height: int) -> Spec:
    """The specification, as wide as its place on the page."""
    return chart | {"width": "container", "height": height, "config": CONFIG, "background": "transparent"}


CONFIG: Spec = {
    "font": "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif",
    "view": {"stroke": None},
    "padding": 2,
    # The page says in words what a chart shows; a label on every mark would say it again, mark by mark.
    "aria": False,
    "axis": {
        "labelColor": "var(--muted)",
        "labelFontSize": 11,
        "domain": False,
        "ticks": False,
        "gridColor": "var(--rule)",
        "gridDash": [],
        "labelPadding": 5,
    },
    "axisX": {
        "domain": True,
        "domainColor": "var(--rule-strong)",
        "ticks": True,
        "tickColor": "var(--rule-strong)",
        "tickSize": 4,
    },
}
