"""Reading crisis files: places, bounds on what a stranger may send, and sections that add up."""

import os
import random

import pytest

from brinkmanship.core.crisis import check, load
from brinkmanship.errors import CrisisError, Place
from brinkmanship.model.folder import read_crisis
from brinkmanship.model.reading import MAX_BYTES, MAX_DEPTH, MAX_ENTRIES, Block, Tree, read_file

HEAD = """crisis: {title: A test}
clock: {start: 2020-01-01, end: 2020-02-01, assumed: a test}
quantities:
  at_war: {kind: flag, assumed: a test}
outcomes:
  war: {ever: at_war, assumed: a test}
"""


def tree_of(tmp_path, text):
    raw = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "file.yaml").write_bytes(raw)
    tree = Tree(Block(Place("file.yaml", 1, 1)))
    block, _ = read_file(tmp_path / "file.yaml", "file.yaml", tree)
    if block is not None:
        tree.root = block
    return tree


def codes(tree):
    return [each.code for each in tree.diagnostics]


def where(place):
    return place.line, place.column


def test_scalars_stay_text(tmp_path):
    root = tree_of(tmp_path, "on: no\na: +3\nb: 2020-01-01\nc: 'null'\nd: null\ne: ~\nf: 1_000\n").root
    assert root == {"on": "no", "a": "+3", "b": "2020-01-01", "c": "null", "d": None, "e": None, "f": "1_000"}


def test_places_of_keys_and_values(tmp_path):
    tree = tree_of(tmp_path, "a:\n  bc: [x, 'yz']\n  d: {e: f}\n")
    assert where(tree.place(("a",), key=True)) == (1, 1)
    assert where(tree.place(("a", "bc"), key=True)) == (2, 3)
    assert where(tree.place(("a", "bc", 0))) == (2, 8)
    assert where(tree.place(("a", "bc", 1))) == (2, 12), "behind the quote"
    assert where(tree.place(("a", "d", "e"))) == (3, 10)
    assert where(tree.place(("a", "missing", "e"))) == (2, 3), "the nearest block above"


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("a: one two", (1, 8)),
        ("a: 'one two'", (1, 9)),
        ("a: one\n  two", (2, 3)),
        ("a: |\n  one\n  two", (3, 3)),
        ("a: >-\n    one\n    two", (3, 5)),
        ('a: "one\n   two"', (2, 4)),
    ],
)
def test_a_character_of_a_text_over_several_lines(tmp_path, text, wanted):
    tree = tree_of(tmp_path, text)
    assert where(tree.place(("a",), shift=4)) == wanted


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    tree = tree_of(tmp_path, b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n")
    assert tree.root == {"a": "1", "b": {"c": "2"}}
    assert where(tree.place(("b", "c"))) == (3, 6)


def test_billion_laughs(tmp_path):
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert set(codes(tree_of(tmp_path, "\n".join(lines)))) == {"yaml-alias"}


@pytest.mark.parametrize(
    "text, code",
    [
        ("a: " + "[" * 500_000, "too-deep"),
        ("a: " + "{b: " * 1_000, "too-deep"),
        ("- " * 100_000, "too-deep"),
        ("a: " + '["]", ' * 100_000, "too-deep"),
        ("? " * 1_000, "too-deep"),
        ("\n".join(" " * n + "a:" for n in range(500)), "too-deep"),
        ("a: [" + "x, " * (MAX_ENTRIES + 1) + "]", "too-large"),
        ("a: " + "x" * MAX_BYTES, "too-large"),
        ("a: \x00", "not-yaml"),
        ("a: \x1b[31m", "not-yaml"),
        (b"a: \xed\xa0\x80", "not-utf8"),
        (b"\xff\xfea\x00:\x00", "not-utf8"),
        ("a: b: c", "not-yaml"),
        ("a: %x", "not-yaml"),
        ("a: !!binary abc", "yaml-tag"),
        ("? [a]\n: b", "key-not-text"),
        ("{a: 1}: b", "key-not-text"),
        ("a: 1\na: 2", "duplicate-key"),
        ("a: 1\n'a': 2", "duplicate-key"),
        ("--- {a: 1}\n--- {b: 1}", "not-yaml"),
        ("just words", "not-a-mapping"),
    ],
)
def test_bounds_and_refusals(tmp_path, text, code):
    assert codes(tree_of(tmp_path, text))[0] == code


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "~\n"])
def test_an_empty_file_is_an_empty_block(tmp_path, text):
    tree = tree_of(tmp_path, text)
    assert (tree.root, tree.diagnostics) == ({}, [])


def test_depth_is_read_up_to_its_bound(tmp_path):
    assert codes(tree_of(tmp_path, "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1))) == []
    assert codes(tree_of(tmp_path, "a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH)) == ["too-deep"]


def test_all_faults_of_a_file_at_once(tmp_path):
    tree = tree_of(tmp_path, "a: &x 1\nb: *x\nc: !t 1\na: 2\n[d]: 1\n")
    assert codes(tree) == ["yaml-alias", "yaml-tag", "duplicate-key", "key-not-text"]


def test_random_bytes_never_break_the_reader(tmp_path):
    luck = random.Random(0)
    for _ in range(300):
        alphabet = b"ab:{}[],-?&*!|>'\"%@#\n\t \xc3\xa9\xff\x00"
        tree_of(tmp_path, bytes(luck.choice(alphabet) for _ in range(luck.randrange(60))))


# --- folders ------------------------------------------------------------------------------------


def write(folder, **files):
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def fault(folder):
    with pytest.raises(CrisisError) as caught:
        check(folder)
    return caught.value.diagnostics


def test_parts_add_up_and_an_empty_section_is_none(tmp_path):
    write(
        tmp_path,
        crisis=HEAD + "parameters:\n",
        parts__b="quantities:\n  b: {kind: flag, assumed: a test}\n",
        parts__a="sets:\n  s: [x]\n",
    )
    record = read_crisis(tmp_path).record
    assert list(record.quantities) == ["at_war", "b"]
    assert record.sets == {"s": ("x",)}


def test_a_digest_tells_files_apart(tmp_path):
    one = read_crisis(write(tmp_path, crisis=HEAD)).digest
    assert read_crisis(tmp_path).digest == one
    assert read_crisis(write(tmp_path, parts__a="sets: {}\n")).digest != one


def test_a_folder_without_a_crisis(tmp_path):
    assert [each.code for each in fault(tmp_path)] == ["no-crisis-file"]
    (tmp_path / "crisis.yaml").mkdir()
    assert [each.code for each in fault(tmp_path)] == ["no-crisis-file"]


def test_what_is_no_regular_file_is_not_read(tmp_path):
    write(tmp_path, crisis=HEAD)
    (tmp_path / "parts" / "folder.yaml").mkdir(parents=True)
    os.mkfifo(tmp_path / "parts" / "pipe.yaml")
    (tmp_path / "parts" / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "history.yaml").symlink_to(tmp_path / "nowhere")
    assert [each.code for each in fault(tmp_path)] == ["unreadable-file"] * 4


def test_a_link_to_a_file_is_read(tmp_path):
    write(tmp_path, crisis=HEAD)
    other = tmp_path / "elsewhere"
    other.write_text("sets:\n  s: [x]\n", encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "link.yaml").symlink_to(other)
    assert read_crisis(tmp_path).record.sets == {"s": ("x",)}


def test_a_name_of_a_file_that_is_no_text(tmp_path):
    write(tmp_path, crisis=HEAD)
    (tmp_path / "parts").mkdir()
    with open(os.fsencode(tmp_path / "parts") + b"/\xff.yaml", "wb") as file:
        file.write(b"sets: {s: [x, x]}\n")
    assert [each.code for each in fault(tmp_path)] == ["duplicate-member"]


def test_faults_do_not_hide_one_another(tmp_path):
    text = HEAD + "colour: red\n"
    text = text.replace("at_war: {kind: flag,", "calm: {kind: level, assumed: a test}\n  at_war: {kind: flag,").replace(
        "ever: at_war", "ever: at_wer"
    )
    assert {each.code for each in fault(write(tmp_path, crisis=text))} == {
        "unknown-key",
        "missing-key",
        "unknown-name",
    }


def test_what_follows_from_a_fault_is_not_a_fault(tmp_path):
    text = HEAD.replace("{kind: flag, assumed: a test}", "{kind: flags, assumed: a test}")
    assert [each.code for each in fault(write(tmp_path, crisis=text))] == ["bad-value"]


def test_diagnostics_cannot_steer_a_terminal(tmp_path):
    error = CrisisError(fault(write(tmp_path, crisis=HEAD + '"\\e[31mred\\u202e": 1\n')))
    assert str(error).isprintable() or ("\x1b" not in str(error) and "\u202e" not in str(error))


def test_a_caret_stands_under_wide_letters(tmp_path):
    text = HEAD.replace("title: A test", "title: 危機, 危機: 1")
    lines = str(CrisisError(fault(write(tmp_path, crisis=text)))).splitlines()
    shown, caret = lines[1], lines[2]
    cells = sum(2 if ord(each) > 0x2E80 else 1 for each in shown[: shown.rindex("危機")])
    assert caret.index("^") == cells


def test_faults_by_the_thousand_are_counted_and_not_all_shown(tmp_path):
    text = HEAD + "".join(f"x{n}: 1\n" for n in range(5_000))
    error = CrisisError(fault(write(tmp_path, crisis=text)))
    assert str(error).endswith("5000 faults, of which 100 are shown.")


def test_a_sound_folder_loads(tmp_path):
    assert load(write(tmp_path, crisis=HEAD)).title == "A test"
