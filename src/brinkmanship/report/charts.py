"""The charts, as Vega-Lite specifications made with Altair.

Colours are custom properties of the page's style (``var(--accent)``), so that one drawing serves light and dark.
Dates are read and shown in UTC, since a day is a day wherever the page is opened.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas

Spec = dict[str, Any]
POINTS = 160
"""Days drawn of a curve, at most: more than a small chart can show."""
SMALL = 108
TAIL = 0.16
"""Width of the density beside a fan, as a share of the time shown."""
BINS = 30


def thinned(days: int) -> np.ndarray:
    """The rows of the days that are drawn: first and last always."""
    return np.unique(np.linspace(0, days - 1, min(days, POINTS)).round().astype(int))


def incidence(dates: np.ndarray, share: np.ndarray) -> Spec:
    """Share of runs in which something has come true by each day, from 0 to 1."""
    import altair as alt

    kept = thinned(len(dates))
    data = pandas.DataFrame({"day": _days(dates[kept]), "share": share[kept].round(5)})
    line = {"color": "var(--accent)", "strokeWidth": 2}
    chart = alt.Chart(data).mark_area(color="var(--band)", line=line, interpolate="step-after")
    tips = [_day_tip(), _percent_tip("share", "so by then")]
    return _finished(chart.encode(x=_time(dates), y=_share().stack(None), tooltip=tips), SMALL)


def shares(dates: np.ndarray, share: np.ndarray) -> Spec:
    """Share of runs in which a flag is true on each day."""
    import altair as alt

    kept = thinned(len(dates))
    data = pandas.DataFrame({"day": _days(dates[kept]), "share": share[kept].round(5)}).dropna()
    tips = [_day_tip(), _percent_tip("share", "true in")]
    chart = alt.Chart(data).mark_line(color="var(--accent)", strokeWidth=2)
    return _finished(chart.encode(x=_time(dates, TAIL), y=_share(), tooltip=tips), SMALL + 14)


def fan(
    dates: np.ndarray, quantiles: np.ndarray, counts: np.ndarray, edges: np.ndarray, levels: tuple[str, ...] = ()
) -> Spec:
    """Quantiles of a quantity over time, ``(quantile, time)`` with five levels, and its values on the last day.

    ``levels`` are the names of a rung's levels, lowest first.
    """
    import altair as alt

    kept = thinned(len(dates))
    columns = dict(zip(("q05", "q25", "q50", "q75", "q95"), quantiles[:, kept].round(4), strict=True))
    data = pandas.DataFrame({"day": _days(dates[kept])} | columns).dropna()
    bars = _density(dates, counts, edges)
    low = min(data["q05"].min(), bars["low"].min())
    high = max(data["q95"].max(), bars["high"].max())
    names = ", ".join(repr(each.replace("_", " ")) for each in levels)
    axis: dict[str, Any] = {"tickCount": 4}
    if levels:
        # Vega leaves out values beyond the count of ticks.
        axis = {"values": list(range(len(levels))), "tickCount": len(levels), "labelOverlap": False, "labelLimit": 104}
        axis["labelExpr"] = f"[{names}][datum.value]"
    y = alt.Y("q05:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=_axis(**axis))
    tips = [_day_tip(), *(alt.Tooltip(f"{n}:Q", title=t, format=",.3~g") for n, t in _QUANTILE_NAMES)]
    base = alt.Chart(data)
    wide = base.mark_area(color="var(--accent)", opacity=0.14).encode(x=_time(dates, TAIL), y=y, y2="q95:Q")
    narrow = base.mark_area(color="var(--accent)", opacity=0.26).encode(x=_also("day:T"), y=_also("q25:Q"), y2="q75:Q")
    median = base.mark_line(color="var(--accent)", strokeWidth=2)
    median = median.encode(x=_also("day:T"), y=_also("q50:Q"), tooltip=tips)
    side = alt.Chart(bars).mark_rect(color="var(--accent)", opacity=0.55)
    side = side.encode(x=_also("from:T"), x2="to:T", y=_also("low:Q"), y2="high:Q")
    return _finished(wide + narrow + median + side, SMALL + 14)


def ladder(dates: np.ndarray, shares_of: np.ndarray, names: list[str]) -> Spec:
    """Share of runs ``(week, rung + 1)`` by the highest rung reached in each week; the first column is none."""
    import altair as alt

    weeks, rungs = shares_of.shape
    data = pandas.DataFrame(
        {
            "week": np.repeat(_days(dates), rungs),
            "rung": np.tile(names, weeks),
            "rank": np.tile(np.arange(rungs), weeks),
            "share": shares_of.reshape(-1).round(5),
        }
    )
    colours = [f"var(--rung-{rank})" for rank in range(rungs)]
    chart = (
        alt.Chart(data)
        .mark_bar(stroke="var(--paper)", strokeWidth=0.4)
        .encode(
            x=alt.X("week:O", axis=_weeks(dates), scale=alt.Scale(paddingInner=0.06, paddingOuter=0)),
            y=alt.Y("share:Q", stack="zero", axis=_axis(format="%", tickCount=4), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("rung:N", scale=alt.Scale(domain=names, range=colours), legend=None),
            order=alt.Order("rank:Q", sort="descending"),
            tooltip=[
                alt.Tooltip("week:N", title="week from"),
                alt.Tooltip("rung:N", title="highest rung"),
                _percent_tip("share", "runs"),
            ],
        )
    )
    return _finished(chart, 250)


def influence(actors: list[str], quantities: list[str], links: list[tuple[str, str, tuple[str, ...]]]) -> Spec:
    """A graph in two columns: actors, and the quantities that their actions write."""
    import altair as alt

    places = _places(actors), _places(quantities)
    points = [
        {"link": number, "x": x, "y": y, "rank": rank}
        for number, (one, two, _) in enumerate(links)
        for rank, (x, y) in enumerate(_curve(places[0][one], places[1][two]))
    ]
    about = [
        {"link": number, "actor": one, "what": two, "by": "; ".join(actions)}
        for number, (one, two, actions) in enumerate(links)
    ]
    words = alt.LookupData(pandas.DataFrame(about), key="link", fields=["actor", "what", "by"])
    hover = alt.selection_point("hover", on="pointerover", fields=["actor"], clear="pointerout", empty=False)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[1, 0], nice=False), axis=None)
    lines = (
        alt.Chart(pandas.DataFrame(points))
        .transform_lookup(lookup="link", from_=words)
        .mark_line(strokeWidth=1.3, interpolate="monotone")
        .encode(
            x=x,
            y=y,
            detail="link:N",
            order="rank:Q",
            color=alt.condition(hover, alt.value("var(--strong)"), alt.value("var(--accent)")),
            opacity=alt.condition(hover, alt.value(1), alt.value(0.3)),
            tooltip=[
                alt.Tooltip("actor:N", title="actor"),
                alt.Tooltip("what:N", title="acts on"),
                alt.Tooltip("by:N", title="by"),
            ],
        )
        .add_params(hover)
    )
    left = _names("actor", places[0], align="right", at=LEFT)
    right = _names("what", places[1], align="left", at=RIGHT)
    return _finished(lines + left + right, max(220, 17 * max(len(actors), len(quantities))))


LEFT, RIGHT = 0.3, 0.56
_QUANTILE_NAMES = (("q50", "median"), ("q25", "25 %"), ("q75", "75 %"), ("q05", "5 %"), ("q95", "95 %"))


def _names(field: str, places: dict[str, float], *, align: str, at: float) -> Any:
    import altair as alt

    data = pandas.DataFrame({field: list(places), "x": at, "y": list(places.values())})
    width = at if align == "right" else 1 - at
    text = alt.Chart(data).mark_text(
        align=align,  # type: ignore[arg-type]
        dx=-7 if align == "right" else 7,
        fontSize=11.5,
        limit=alt.ExprRef(f"width * {width - 0.02:.2f}"),
        color="var(--ink)",
    )
    return text.encode(x="x:Q", y="y:Q", text=f"{field}:N", tooltip=alt.Tooltip(f"{field}:N", title=" "))


def _places(names: list[str]) -> dict[str, float]:
    """Places from top to bottom, 0 to 1."""
    return {name: (rank + 0.5) / len(names) for rank, name in enumerate(names)}


def _curve(one: float, two: float, steps: int = 10) -> list[tuple[float, float]]:
    """A smooth curve from the left column to the right."""
    t = np.linspace(0, 1, steps)
    bend = t * t * (3 - 2 * t)
    return [
        (round(float(x), 4), round(float(y), 4))
        for x, y in zip(LEFT + (RIGHT - LEFT) * t, one + (two - one) * bend, strict=True)
    ]


def _density(dates: np.ndarray, counts: np.ndarray, edges: np.ndarray) -> pandas.DataFrame:
    """Bars beside the last day, as long as the runs in a bin are many: few enough bins to be seen."""
    edges = edges[~np.isnan(edges)]
    counts = counts[: len(edges) - 1]
    taken = np.flatnonzero(counts)
    first, last = (int(taken[0]), int(taken[-1]) + 1) if len(taken) else (0, 1)
    width = -(-(last - first) // BINS)
    # All bars of as many bins, the last one too.
    first = max(0, min(first, len(counts) - width * -(-(last - first) // width)))
    spans = [(low, min(low + width, len(counts))) for low in range(first, last, width)]
    rows = [(edges[low], edges[high], counts[low:high].sum()) for low, high in spans]
    start = dates[-1].astype("datetime64[s]").astype(float)
    room = TAIL * 0.92 * max(float((dates[-1] - dates[0]).astype("timedelta64[s]").astype(float)), 86_400.0)
    # Bars of unlike width: what counts is how many runs there are to a unit of the quantity.
    heights = np.array([count / max(high - low, 1e-12) for low, high, count in rows])
    ends = start + room * heights / max(heights.max(), 1e-12)
    return pandas.DataFrame(
        {
            "low": [row[0] for row in rows],
            "high": [row[1] for row in rows],
            "from": int(start * 1000),
            "to": (ends * 1000).astype("int64"),
        }
    )


def _days(dates: np.ndarray) -> list[str]:
    """Times as text: dates alone where all steps begin a day, and else with the hour, in UTC."""
    days = dates.astype("datetime64[D]")
    if (days == dates).all():
        return [str(each) for each in days]
    return [f"{each}Z" for each in dates.astype("datetime64[s]")]


def _also(field: str) -> Any:
    """A further field on an axis that the first layer has described."""
    import altair as alt

    return (alt.X if field.endswith(":T") else alt.Y)(field, title=None)


def _time(dates: np.ndarray, beyond: float = 0.0) -> Any:
    """The axis of days: a few ticks, and room ``beyond`` the last day."""
    import altair as alt

    first, last = (int(each.astype("datetime64[s]").astype("int64")) for each in (dates[0], dates[-1]))
    last = max(last, first + 86_400)
    stretch = [_instant(first), _instant(last + beyond * (last - first))]
    ticks = [_instant(first + (last - first) * part / 2) for part in range(3)]
    axis = _axis(values=ticks, format="%-d %b", labelFlush=True, grid=False)
    return alt.X("day:T", scale=alt.Scale(type="utc", domain=stretch, nice=False), axis=axis)


def _instant(seconds: float) -> Any:
    """A time in words of Vega-Lite: a bare number would be read otherwise by the interpreter of expressions."""
    import altair as alt

    when = datetime.fromtimestamp(seconds, UTC)
    return alt.DateTime(utc=True, year=when.year, month=when.month, date=when.day, hours=when.hour, minutes=when.minute)


def _weeks(dates: np.ndarray) -> Any:
    some = dates[np.unique(np.linspace(0, len(dates) - 1, min(len(dates), 5)).round().astype(int))]
    text = "utcFormat(toDate(datum.value), '%-d %b')"
    return _axis(values=_days(some), labelExpr=text, labelAngle=0, labelOverlap=True)


def _share() -> Any:
    import altair as alt

    axis = _axis(format="%", values=[0, 0.5, 1])
    return alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)


def _axis(**options: Any) -> Any:
    import altair as alt

    return alt.Axis(title=None, **options)


def _day_tip() -> Any:
    import altair as alt

    return alt.Tooltip("day:T", timeUnit="utcyearmonthdate", title="day", format="%-d %B %Y")


def _percent_tip(field: str, title: str) -> Any:
    import altair as alt

    return alt.Tooltip(f"{field}:Q", title=title, format=".1%")


def _finished(chart: Any, height: int) -> Spec:
    """The specification, as wide as its place on the page."""
    spec = chart.properties(width="container", height=height).to_dict()
    spec["config"] = CONFIG
    spec["background"] = "transparent"
    return spec


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
