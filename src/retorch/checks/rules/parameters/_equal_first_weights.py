"""Layers of a stack that begin with the same random weights."""

from retorch.checks.rules.parameters._equal_weights import EqualWeightsRule


class EqualFirstWeights(EqualWeightsRule):
    """The layers of a stack are copies of one another: each begins with the same random weights.

    Why it matters: random first weights are there to make layers, experts and ensemble members differ. Members of an
    ensemble that begin equal and see the same batches stay equal for ever.

    When it is fine: copies of a trained layer, or of one whose copies shall be compared. Weights that were loaded are
    not reported, nor copies that have an optimizer each, as the clients of federated learning.

    Wrong: `nn.ModuleList([copy.deepcopy(layer) for _ in range(6)])` as the end of it.

    Right: `nn.ModuleList([Layer(dim) for _ in range(6)])`, or new random weights for each copy afterwards.

    Reported: https://github.com/harvardnlp/annotated-transformer/issues/9
    """

    name = "equal-first-weights"
    grade = "warning"
    made_by_torch = False
