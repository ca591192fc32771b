"""The order in which operations are written: what nobody needs is left out, and numbers do not wait for long."""

from brinkmanship.engine.compiled.recording.order import ordered
from brinkmanship.engine.compiled.recording.record import Branch, Operation, Region, Variable


def number() -> Variable:
    return Variable("f64")


def added(one, two):
    return Operation("add", (one, two), number())


def most_waiting(region: Region) -> int:
    """How many numbers wait at the same time to be used; results wait for nobody here."""
    last = {each: rank for rank, step in enumerate(region.steps) for each in step.reads()}
    waiting: set[Variable] = set()
    most = 0
    for rank, step in enumerate(region.steps):
        waiting.update(step.makes())
        waiting = {each for each in waiting if last.get(each, -1) > rank}
        most = max(most, len(waiting))
    return most


def in_order(region: Region, given: list[Variable]) -> bool:
    """Whether every number is made before it is used."""
    made = set(given)
    for step in region.steps:
        if not made.issuperset(step.reads()):
            return False
        made.update(step.makes())
    return True


def test_numbers_are_used_soon_after_they_are_made():
    given = [number() for _ in range(40)]
    twice = [added(each, each) for each in given]
    more = [added(each.result, one) for each, one in zip(twice, given, strict=True)]
    sums = [added(more[0].result, more[1].result)]
    for each in more[2:]:
        sums.append(added(sums[-1].result, each.result))
    before = Region([*twice, *more, *sums], [sums[-1].result])
    after = ordered(before)
    assert most_waiting(before) >= 40
    assert most_waiting(after) <= 3
    assert in_order(after, given)
    assert sorted(map(id, after.steps)) == sorted(map(id, before.steps))


def test_a_number_that_was_made_for_one_is_used_by_all():
    """As where a stage asks of each value whether it is finite, and then brings it within its bounds."""
    given = [number() for _ in range(40)]
    values = [added(each, each) for each in given]
    bounded = [added(each.result, each.result) for each in values]
    sums = [added(values[0].result, values[1].result)]
    for each in values[2:]:
        sums.append(added(sums[-1].result, each.result))
    before = Region([*values, *bounded, *sums], [*(each.result for each in bounded), sums[-1].result])
    after = ordered(before)
    assert most_waiting(before) >= 40
    assert most_waiting(after) <= 4
    assert in_order(after, given)


def test_what_only_one_conditional_asks_for_is_computed_in_it():
    one, two, mask = number(), number(), Variable("i1")
    inner, both, unused = added(one, two), added(two, two), added(one, one)
    within = added(inner.result, both.result)
    result = number()
    branch = Branch(mask, Region([within], [within.result]), [both.result], [result])
    (first, second) = ordered(Region([inner, both, unused, branch], [result])).steps
    assert first is both
    assert isinstance(second, Branch)
    assert second.region.steps == [inner, within]
    assert (second.mask, second.otherwise, second.results) == (mask, [both.result], [result])


def test_what_two_conditionals_ask_for_stays_before_them():
    one, masks = number(), [Variable("i1"), Variable("i1")]
    shared = added(one, one)
    branches = []
    for mask in masks:
        within = added(shared.result, one)
        branches.append(Branch(mask, Region([within], [within.result]), [one], [number()]))
    steps = ordered(Region([shared, *branches], [each.results[0] for each in branches])).steps
    assert steps[0] is shared
    assert [len(each.region.steps) for each in steps[1:]] == [1, 1]
