"""Strategies for core expressions over slots a, b, c, parameters p, q and a few numbers."""

from hypothesis import strategies as st

from brinkmanship.lang import nodes
from brinkmanship.lang.functions import FUNCTIONS

NUMBERS = (0.0, 1.0, 2.0, 0.5, -1.5, 3.0, 10.0)
leaves = st.one_of(
    st.sampled_from("abc").map(nodes.Slot),
    st.sampled_from("pq").map(nodes.Parameter),
    st.integers(0, len(NUMBERS) - 1).map(nodes.Constant),
    st.sampled_from([nodes.Today(), nodes.Span()]),
)


def grown(inner):
    """Nodes one level above ``inner``."""
    compared = st.builds(
        lambda a, b, sign: nodes.Compare((a, b), (sign,)),
        inner,
        inner,
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    )
    condition = st.one_of(
        compared,
        st.builds(nodes.Unary, st.just("not"), compared),
        st.builds(nodes.Logic, st.sampled_from(["and", "or"]), st.tuples(compared, compared)),
    )
    called = [
        st.builds(nodes.Call, st.just(name), st.tuples(*[inner] * function.arity[0]))
        for name, function in sorted(FUNCTIONS.items())
    ]
    return st.one_of(
        st.builds(nodes.Unary, st.just("-"), inner),
        st.builds(nodes.Binary, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        st.builds(nodes.Choose, condition, inner, inner),
        *called,
    )


core = st.recursive(leaves, grown, max_leaves=8)
