"""The examples in docstrings run and give what they say."""

import doctest
import importlib
import pkgutil

import pytest

import retorch

FINDER = doctest.DocTestFinder(exclude_empty=True)


def _modules():
    """Every module of the package whose text has an example."""
    for module in pkgutil.walk_packages(retorch.__path__, "retorch."):
        loader = module.module_finder.find_spec(module.name).loader
        if ">>> " in loader.get_source(module.name):
            yield module.name


@pytest.mark.parametrize("name", list(_modules()))
def test_the_examples_of_a_module_are_right(name, monkeypatch):
    monkeypatch.setattr("retorch.randomness._seeding._current_seed", 7)  # put back afterwards
    examples = FINDER.find(importlib.import_module(name))
    output = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for example in examples:
        runner.run(example, out=output.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(output)
    assert runner.summarize(verbose=False).attempted > 0
