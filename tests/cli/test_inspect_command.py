"""`retorch inspect`: what a tensor is in memory, asked on the command line."""

import json
import xml.etree.ElementTree as ET

TRANSPOSED = "torch.arange(12).view(3, 4).t()"


def test_a_card_says_what_the_tensor_is_and_a_question_whether_view_would_work(retorch):
    answer = retorch("inspect", TRANSPOSED, "--view", "12")
    assert answer.code == 0
    assert "int64 [4, 3]" in answer.out
    assert "dimensions 0 and 1 cannot be merged" in answer.out
    assert "reshape" in answer.out


def test_facts_and_answers_are_there_as_json(retorch):
    answer = retorch("inspect", TRANSPOSED, "--view", "12", "--ask", "permute(1, 0)", "--ask", "[0]", "--json")
    (found,) = json.loads(answer.out)["inspected"]
    assert found["name"] == TRANSPOSED
    view, permute, index = found["answers"]
    assert view["possible"] is False
    assert permute["strides"] == [4, 1]
    assert index["shares"] is True


def test_several_expressions_show_their_sharing(retorch):
    answer = retorch("inspect", "x = torch.zeros(4, 4)", "x[0]", "y = x.clone()", "--json")
    assert answer.code == 0
    groups = json.loads(answer.out)["sharing"]["groups"]
    assert sorted(map(sorted, groups)) == [["x", "x[0]"], ["y"]]
    assert "x[0]" in retorch("inspect", "x = torch.zeros(4, 4)", "x[0]", "y = x.clone()").out


def test_an_expression_that_fails_is_explained(retorch):
    answer = retorch("inspect", "torch.arange(12).view(3, 4).t().view(12)")
    assert answer.code == 1
    assert "RuntimeError: view size is not compatible" in answer.err
    assert "reshape(12)" in answer.err
    assert "cli/_expressions" not in answer.err
    assert not answer.out


def test_a_misspelt_expression_is_shown_as_python_shows_it(retorch):
    answer = retorch("inspect", "torch.arange(12")
    assert answer.code == 1
    assert "SyntaxError" in answer.err
    assert "retorch-bug" not in answer.err


def test_a_value_that_is_no_tensor_is_wrong_use(retorch):
    answer = retorch("inspect", "1 + 1")
    assert answer.code == 2
    assert "int" in answer.err


def test_nothing_to_look_at_is_wrong_use(retorch):
    for text in ("", " ", "import os"):
        answer = retorch("inspect", text)
        assert answer.code == 2, answer
        assert "type an expression" in answer.err


def test_a_question_that_is_none_is_wrong_use_and_names_what_can_be_asked(retorch):
    for question in ("veiw(12)", "facts", "view(", "view", "__class__"):
        answer = retorch("inspect", "torch.zeros(3, 4)", "--ask", question)
        assert answer.code == 2, (question, answer)
        assert "view(2, -1)" in answer.err, (question, answer)


def test_sizes_may_be_typed_as_tuples_and_may_begin_with_minus(retorch):
    for sizes in ("-1", "2,-1", "(2, -1)", "[2, -1]"):
        answer = retorch("inspect", "torch.zeros(3, 4)", "--view", sizes, "--json")
        assert json.loads(answer.out)["inspected"][0]["answers"][0]["possible"] is True, answer


def test_drawings_and_pages_are_written(retorch, tmp_path):
    answer = retorch("inspect", "x = torch.zeros(4, 4)", "x[:, 0]", "--svg", "a.svg", "--html", "a.html")
    assert answer.code == 0
    assert ET.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")
    page = (tmp_path / "a.html").read_text()
    assert page.count("<svg") == 3
    assert "http" not in page.replace("http://www.w3.org", "").replace("http-equiv", "")


def test_a_file_of_another_kind_is_refused_before_anything_runs(retorch, tmp_path):
    answer = retorch("inspect", "open('made', 'w')", "--svg", "a.png")
    assert answer.code == 2
    assert not (tmp_path / "made").exists()


def test_a_module_is_looked_at_too(retorch):
    answer = retorch("inspect", "nn.Linear(3, 2)")
    assert answer.code == 0
    assert "weight" in answer.out
    assert retorch("inspect", "nn.Linear(3, 2)", "--view", "6").code == 2


def test_the_same_expression_twice_is_two_tensors(retorch):
    answer = retorch("inspect", "torch.zeros(3)", "torch.zeros(3)", "--json")
    assert json.loads(answer.out)["sharing"]["groups"] == [["torch.zeros(3)"], ["torch.zeros(3) (2)"]]


def test_an_expression_that_leaves_python_is_told_and_so_is_a_question(retorch):
    for words in (("exit(3)",), ("torch.zeros(3)", "--ask", "[exit(3)]")):
        answer = retorch("inspect", *words)
        assert answer.code == 2
        assert "exit(3)" in answer.err
        assert "leaves Python" in answer.err


def test_an_interrupted_expression_promises_nothing(retorch):
    answer = retorch("inspect", "(_ for _ in ()).throw(KeyboardInterrupt)")
    assert answer.code == 130
    assert answer.err == "retorch: interrupted\n"


def test_which_of_several_expressions_gives_nothing_is_said(retorch):
    answer = retorch("inspect", "x = torch.zeros(3)", "y = 3")
    assert answer.code == 2
    assert "retorch: y: inspect takes a tensor" in answer.err


def test_an_answer_is_about_the_expression_and_not_about_x(retorch):
    answer = retorch("inspect", "x = torch.zeros(3, 4)", "y = x.t()", "--view", "12")
    assert "x.view(12): yes, shares" in answer.out
    assert "y.view(12): no" in answer.out
    assert "instead: y.reshape(12) copies 48 bytes" in answer.out


def test_several_statements_are_called_by_the_last_one(retorch):
    answer = retorch("inspect", "def make():\n    return torch.zeros(2)\nmake()")
    assert answer.out.startswith("make()  tensor")


def test_what_a_long_expression_holds_is_called_as_it_is_there(retorch):
    answer = retorch("inspect", "nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2))")
    assert answer.out.splitlines()[0] == "nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2))"
    assert answer.out.splitlines()[1].startswith("0.weight  float32 [2, 3]")
    assert "\nmodel.weight  float32" in "\n" + retorch("inspect", "model = nn.Linear(3, 2)").out


def test_a_question_about_several_tensors_names_some_of_them(retorch):
    answer = retorch("inspect", "[torch.zeros(2), torch.ones(3)]", "--view", "2")
    assert answer.code == 2
    assert "a question is about one tensor" in answer.err
    assert "such as [0], [1]" in answer.err


def test_a_drawing_that_cannot_be_written_is_no_bug(retorch, tmp_path):
    (tmp_path / "folder.svg").mkdir()
    answer = retorch("inspect", "torch.zeros(2)", "--svg", "folder.svg")
    assert answer.code == 2
    assert "Is a directory: folder.svg" in answer.err
