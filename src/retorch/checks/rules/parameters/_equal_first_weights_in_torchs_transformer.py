"""Transformers of torch, which copy one layer."""

from retorch.checks.rules.parameters._equal_weights import EqualWeightsRule


class EqualFirstWeightsInTorchsTransformer(EqualWeightsRule):
    """`nn.TransformerEncoder` and `nn.TransformerDecoder` copy the layer that they are given, weights and all.

    Why it matters: all layers begin with the same random weights, which is hardly what the paper did.

    When it is fine: it trains all the same; many programs leave it so.

    Wrong: `encoder = nn.TransformerEncoder(layer, num_layers=6)` as the end of it.

    Right: after it, `nn.init.xavier_uniform_(p)` for each `p` of `encoder.parameters()` with `p.dim() > 1`, as
    `nn.Transformer` does.

    Reported: https://github.com/pytorch/pytorch/issues/86274
    """

    name = "equal-first-weights-in-torchs-transformer"
    grade = "advice"
    made_by_torch = True
