"""Changed files and lines; a change that Python does not read is told apart."""

from __future__ import annotations

from retorch.comparison._sources import changed_lines, imported_modules

SCRIPT = '''"""Train."""
import torch

lr = 0.1  # the rate


def step(x):
    """Do it."""
    x = x * 2
    return x + lr
'''


def one(text, other):
    [change] = changed_lines({"/a/train.py": text}, {"/a/train.py": other})
    return change


def test_equal_sources_have_no_changes():
    assert changed_lines({"/a/x.py": SCRIPT}, {"/a/x.py": SCRIPT}) == ()
    assert changed_lines({"/a/x.py": SCRIPT}, {"/b/x.py": SCRIPT}) == ()
    assert changed_lines({}, {}) == ()


def test_a_changed_line_is_told_with_its_number_on_both_sides():
    change = one(SCRIPT, "# mine\n# own\n" + SCRIPT.replace("x * 2", "x * 3"))
    assert change.kind == "changed"
    first, second = change.hunks
    assert (first.a, first.b, first.a_line, first.b_line, first.matters) == ((), ("# mine", "# own"), 1, 1, False)
    assert (second.a_line, second.b_line, second.a, second.b) == (9, 11, ("    x = x * 2",), ("    x = x * 3",))
    assert second.matters
    assert change.covers(9)
    assert not change.covers(11)
    assert change.covers(11, of_b=True)
    assert not change.covers(1, of_b=True)


def test_comments_docstrings_blank_lines_and_formatting_do_not_matter():
    other = SCRIPT.replace("# the rate", "# another").replace("Do it", "Done").replace("x * 2", "( x*2 )") + "\n\n"
    change = one(SCRIPT, other)
    assert change.kind == "formatting"
    assert not change.matters
    assert not any(hunk.matters for hunk in change.hunks)


def test_what_looks_like_a_comment_within_a_text_matters():
    change = one('query = """\n# 1\n"""\n', 'query = """\n# 2\n"""\n')
    assert change.kind == "changed"
    assert change.hunks[0].matters


def test_a_docstring_alone_does_not_matter_beside_a_real_change():
    change = one(SCRIPT, SCRIPT.replace("Do it", "Done").replace("lr = 0.1", "lr = 0.2"))
    assert [(hunk.a_line, hunk.matters) for hunk in change.hunks] == [(4, True), (8, False)]


def test_a_file_python_cannot_read_counts_as_changed():
    assert one("x = (\n", "x = (  # open\n").kind == "changed"


def test_lines_are_counted_as_python_counts_them():
    change = one("a = 1\n\x0cb = 'x\x1cy'\nc = 3\n", "a = 1\n\x0cb = 'x\x1cy'\nc = 4\n")
    assert change.hunks[0].a_line == 3


def test_files_of_one_name_belong_together_by_the_longest_common_end():
    a = {"/a/p/data/__init__.py": "x = 1\n", "/a/p/model/__init__.py": "y = 1\n"}
    b = {"/b/p/model/__init__.py": "y = 2\n", "/b/p/data/__init__.py": "x = 1\n"}
    [change] = changed_lines(a, b)
    assert (change.a, change.b) == ("/a/p/model/__init__.py", "/b/p/model/__init__.py")


def test_the_two_scripts_belong_together_whatever_their_names():
    a, b = {"/x/a.py": "lr = 1\n"}, {"/x/b.py": "import torch\nlr = 2\n"}
    [change] = changed_lines(a, b, ("/x/a.py", "/x/b.py"))
    assert (change.kind, change.a, change.b) == ("changed", "/x/a.py", "/x/b.py")
    assert [change.kind for change in changed_lines(a, b)] == ["only in a", "only in b"]


def test_a_renamed_file_is_found_by_its_text():
    [change] = changed_lines({"/x/a.py": SCRIPT}, {"/x/b.py": SCRIPT.replace("0.1", "0.3")})
    assert (change.kind, change.a, change.b) == ("changed", "/x/a.py", "/x/b.py")


def test_what_matters_comes_first_and_the_script_before_the_rest():
    a = {"/x/a.py": "p = 1\n", "/x/f.py": "q = 1\n", "/x/train.py": "r = 1\n"}
    b = {"/x/a.py": "p = 2\n", "/x/f.py": "q = 1  # one\n", "/x/train.py": "r = 2\n", "/x/new.py": "import os\n"}
    found = changed_lines(a, b, ("/x/train.py", "/x/train.py"))
    assert [(change.b, change.kind) for change in found] == [
        ("/x/train.py", "changed"), ("/x/a.py", "changed"), ("/x/new.py", "only in b"), ("/x/f.py", "formatting")
    ]  # fmt: skip


def test_very_many_changes_in_a_long_file_are_found():
    text = "".join(f"x{number} = {number}\n" for number in range(6_000))
    other = text.replace("5 = ", "5 = 1 + ")
    change = one(text, other)
    assert sum(len(hunk.b) for hunk in change.hunks) == 600


def test_imports_are_found_anywhere_and_relative_ones_are_not_modules():
    text = "import a.b as c, d\nfrom e.f import g\nfrom . import h\ndef k():\n    import l\n'import m'\n"
    assert imported_modules({"x.py": text, "broken.py": "import ("}) == {"a", "d", "e", "l"}
