"""What the variables of a result are: names in full and units, so that the NetCDF file explains itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brinkmanship.model.records import CrisisRecord
from brinkmanship.results import labels

if TYPE_CHECKING:
    import xarray

SHARE = "1"
"""A pure number, as the CF conventions write it."""
VARIABLES = {
    "probability": ("share of sound runs in which the outcome came true", SHARE),
    "low": ("lower end of the 90 % Monte Carlo interval", SHARE),
    "high": ("upper end of the 90 % Monte Carlo interval", SHARE),
    "parameter_low": ("5 % of the probability as parameters, start values and open past vary, chance taken out", SHARE),
    "parameter_high": (
        "95 % of the probability as parameters, start values and open past vary, chance taken out",
        SHARE,
    ),
    "runs": ("runs in which the outcome came true", SHARE),
    "before": ("the probability without the supposition", SHARE),
    "change": ("change of the probability by the supposition", SHARE),
    "change_low": ("lower end of the paired 90 % interval of the change", SHARE),
    "change_high": ("upper end of the paired 90 % interval of the change", SHARE),
    "incidence": ("share of sound runs in which the outcome has come true by the day", SHARE),
    "quantiles": ("quantiles over the sound runs (an ended run keeps its last), each in the unit of its quantity", ""),
    "mean": ("mean over the sound runs (an ended run keeps its last), in the unit of the quantity", ""),
    "share_true": ("share of the sound runs (an ended run keeps its last) in which the flag is true", SHARE),
    "last_day_count": ("sound runs whose last value lies in the bin", SHARE),
    "last_day_edge": ("edges of the bins of last_day_count, each in the unit of its quantity", ""),
    "count": ("how often the option was chosen, over all runs and days", SHARE),
    "per_run": ("how often the option was chosen, times per run", SHARE),
    "per_30_days": ("how often the option was chosen, times per 30 days under way", "(30 days)-1"),
    "actor_of_action": ("who chooses the option", ""),
    "runs_under_way": ("runs under way at the end of the day", SHARE),
    "highest_rung": ("runs by the highest rung of the ladder that was chosen on the day", SHARE),
    "outcome_label": ("the outcome in words", ""),
    "action_label": ("the option in words", ""),
    "quantity_label": ("the quantity in words", ""),
    "quantity_unit": ("unit of the quantity; empty where it has none", ""),
    "quantity_kind": ("level, count, flag or rung", ""),
    "outcome": ("outcomes, as the crisis names them", ""),
    "path_outcome": ("outcomes that come true on a day", ""),
    "quantity": ("entries of the state", ""),
    "quantile": ("level of the quantile", SHARE),
    "action": ("options: actor, action or vote, and target or ballot", ""),
    "flag": ("quantities that are true or false", ""),
    "rung": ("rungs of the ladder, lowest first; the first is none", ""),
    "time": ("days of the future", ""),
}


def describe(data: xarray.Dataset, record: CrisisRecord) -> xarray.Dataset:
    """The set with labels ``(outcome,)``, ``(action,)``, ``(quantity,)``, and attributes on every variable."""
    names = {axis: [str(each) for each in data[axis].values] for axis in ("outcome", "action", "quantity")}
    kinds = [record.quantities[n.partition("[")[0]].kind if "(" not in n else "level" for n in names["quantity"]]
    whole = data.assign(
        outcome_label=("outcome", [labels.outcome(record, name) for name in names["outcome"]]),
        action_label=("action", [option_label(record, name) for name in names["action"]]),
        quantity_label=("quantity", [labels.quantity(record, name) for name in names["quantity"]]),
        quantity_unit=("quantity", [labels.unit(record, name) for name in names["quantity"]]),
        quantity_kind=("quantity", kinds),
    )
    for name in whole.variables:
        long_name, unit = VARIABLES[str(name)]
        whole[name].attrs |= {"long_name": long_name} | ({"units": unit} if unit else {})
    return whole


def option_label(record: CrisisRecord, key: str) -> str:
    """An option such as ``iran.attack_shipping`` in words, without its actor."""
    _, name, *target = key.split(".")
    return labels.deed(record, name, ".".join(target))
