"""Real models of some size, each written twice: the first module whose output departs is found exactly."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from retorch.comparison.models import compare_models


@pytest.fixture(autouse=True)
def first_weights():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def noise(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


class Block(nn.Module):
    def __init__(self, inside, outside, stride, eps=1e-5, padding_mode="zeros"):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False, padding_mode=padding_mode)
        self.bn1 = nn.BatchNorm2d(outside, eps=eps)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inside != outside:
            self.downsample = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(out)) + identity)


class ResNet(nn.Module):
    def __init__(self, **third):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = nn.Sequential(Block(8, 8, 1), Block(8, 8, 1))
        self.layer2 = nn.Sequential(Block(8, 16, 2, **third), Block(16, 16, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        return self.fc(self.pool(self.layer2(self.layer1(x))).flatten(1))


class Unit(nn.Module):
    """The same block by another hand: other names, functional activations, the short cut last."""

    def __init__(self, inside, outside, stride, eps=1e-5):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside, eps=eps))
        self.b = nn.Sequential(nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside))
        same = stride == 1 and inside == outside
        shortcut = [] if same else [nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)]
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x):
        out = self.b(functional.relu(self.a(x)))
        return functional.relu(out + self.shortcut(x))


class OtherResNet(nn.Module):
    def __init__(self, eps=1e-5):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.stages = nn.ModuleList([Unit(8, 8, 1), Unit(8, 8, 1), Unit(8, 16, 2, eps), Unit(16, 16, 1)])
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.head(self.drop(x.mean((2, 3))))


def statistics_of_training(model):
    """Give the BatchNorms statistics as a training leaves them."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(noise(module.num_features))
            module.running_var.copy_(noise(module.num_features).abs() + 0.5)
    return model


IMAGES = noise(4, 3, 16, 16)


def test_a_resnet_by_another_hand_agrees_with_its_weights():
    found = compare_models(statistics_of_training(ResNet()), OtherResNet(), IMAGES, weights="a", ulp=64)
    assert found.agree, str(found)
    assert not found.left_a
    assert not found.left_b
    pairs = {row.a: row.b for row in found.rows}
    assert pairs["layer2.0.downsample.0"] == "stages.2.shortcut.0"
    assert pairs["layer2.1.bn2"] == "stages.3.b.1"
    assert pairs["fc"] == "head"


def test_an_epsilon_deep_in_a_resnet_by_another_hand_is_found():
    found = compare_models(statistics_of_training(ResNet()), OtherResNet(eps=1e-3), IMAGES, weights="a", ulp=64)
    assert (found.first.row.a, found.first.row.b) == ("layer2.0.bn1", "stages.2.a.1")
    assert found.first.inside
    assert "eps is 1e-05 in A and 0.001 in B" in found.first.findings
    assert "with eps=1e-05 B gives the same bits" in found.first.findings
    assert all(row.after for row in found.rows[found.rows.index(found.first.row) + 1 :])


def test_another_padding_is_found_and_proven():
    found = compare_models(ResNet(), ResNet(padding_mode="reflect"), IMAGES, weights="a")
    assert found.first.row.a == found.first.row.b == "layer2.0.conv1"
    assert found.first.inside
    assert "padding_mode is 'zeros' in A and 'reflect' in B" in found.first.findings
    assert any("B gives the same bits" in one for one in found.first.findings), found.first.findings


def test_a_padding_that_changes_the_shape_is_found():
    ours = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
    theirs = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
    found = compare_models(ours, theirs, IMAGES, weights="a")
    assert found.first.row.a == "0"
    assert found.first.row.hint == "shapes [4, 4, 16, 16] and [4, 4, 14, 14]"
    assert "with padding=(1, 1) B gives the same bits" in found.first.findings


def test_a_batch_norm_left_in_train_mode_inside_is_found():
    class Stubborn(nn.BatchNorm2d):
        def forward(self, x):
            return functional.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=self.eps)

    ours, theirs = statistics_of_training(ResNet()), ResNet()
    theirs.layer1[1].bn2 = Stubborn(8)
    found = compare_models(ours, theirs, IMAGES, weights="a")
    assert found.first.row.a == "layer1.1.bn2"
    assert found.first.row.kind_b == "Stubborn"
    assert found.first.inside


class Attention(nn.Module):
    """By hand, the projections apart or in one."""

    def __init__(self, width, heads, *, fused, scale=None):
        super().__init__()
        self.heads, self.scale = heads, scale or (width // heads) ** -0.5
        if fused:
            self.qkv = nn.Linear(width, 3 * width)
        else:
            self.q, self.k, self.v = (nn.Linear(width, width) for _ in range(3))
        self.fused = fused
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1) if self.fused else (self.q(x), self.k(x), self.v(x))
        q, k, v = (one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in (q, k, v))
        weights = (q @ k.transpose(-2, -1) * self.scale).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).flatten(2))


class TorchAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.mha = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x):
        return self.mha(x, x, x, need_weights=False)[0]


class Layer(nn.Module):
    def __init__(self, attention, width, eps=1e-5, activation=None):
        super().__init__()
        self.attn = attention
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=eps), nn.LayerNorm(width, eps=eps)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.act = activation or nn.GELU()
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        x = x + self.drop(self.attn(self.norm1(x)))
        return x + self.drop(self.fc2(self.act(self.fc1(self.norm2(x)))))


class Transformer(nn.Module):
    def __init__(self, make, depth=3, width=32, **changed):
        super().__init__()
        self.embed = nn.Embedding(50, width)
        self.layers = nn.ModuleList(
            [Layer(make(width), width, **(changed if number == 1 else {})) for number in range(depth)]
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 50)

    def forward(self, tokens):
        x = self.embed(tokens)
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))


TOKENS = torch.arange(40).view(2, 20)
STYLES = {
    "torch": lambda width: TorchAttention(width, 4),
    "apart": lambda width: Attention(width, 4, fused=False),
    "fused": lambda width: Attention(width, 4, fused=True),
}


@pytest.mark.parametrize("ours", STYLES)
@pytest.mark.parametrize("theirs", STYLES)
def test_attention_in_three_styles_carries_its_weights_over_and_is_close(ours, theirs):
    found = compare_models(Transformer(STYLES[ours]), Transformer(STYLES[theirs]), TOKENS, weights="a")
    assert not found.left_a
    assert not found.left_b
    assert all(one.agree for one in found.carried)
    assert max(row.size.max_abs for row in found.rows) < 1e-5, str(found)
    if ours == theirs:
        assert found.agree


def test_weights_can_come_from_the_other_side_too():
    found = compare_models(Transformer(STYLES["fused"]), Transformer(STYLES["apart"]), TOKENS, weights="b")
    assert all(one.agree for one in found.carried)
    assert max(row.size.max_abs for row in found.rows) < 1e-5, str(found)


def test_a_wrong_scale_in_hand_written_attention_is_found_in_its_own_code():
    ours = Transformer(STYLES["torch"])
    theirs = Transformer(lambda width: Attention(width, 4, fused=False))
    theirs.layers[2].attn.scale = 0.5
    found = compare_models(ours, theirs, TOKENS, weights="a", atol=1e-5)
    assert (found.first.row.a, found.first.row.b) == ("layers.2.attn", "layers.2.attn"), str(found)
    assert found.first.inside
    assert found.first.behind is None


def test_the_scale_of_two_attentions_of_one_style_lies_before_the_projection():
    ours, theirs = Transformer(STYLES["fused"]), Transformer(STYLES["fused"])
    theirs.layers[1].attn.scale = 0.5
    found = compare_models(ours, theirs, TOKENS, weights="a")
    assert found.first.row.a == "layers.1.attn.proj"
    assert found.first.inside is False
    assert found.first.behind == ("layers.1.attn.qkv", "layers.1.attn.qkv")
    assert "functional code" in str(found)
    assert "self.proj((weights @ v)" in found.first.row.line_a


def test_gelu_exact_against_tanh_is_found_and_proven():
    ours = Transformer(STYLES["fused"])
    theirs = Transformer(STYLES["fused"], activation=nn.GELU(approximate="tanh"))
    found = compare_models(ours, theirs, TOKENS, weights="a")
    assert found.first.row.a == "layers.1.act"
    assert "with approximate='none' B gives the same bits" in found.first.findings


class NewGELU(nn.Module):
    def forward(self, x):
        return 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))


def test_an_activation_of_another_class_is_recognised_by_trying():
    ours, theirs = Transformer(STYLES["fused"]), Transformer(STYLES["fused"], activation=NewGELU())
    found = compare_models(ours, theirs, TOKENS, weights="a", ulp=8)
    assert (found.first.row.kind_a, found.first.row.kind_b) == ("GELU", "NewGELU")
    assert [one for one in found.first.findings if one.startswith("with approximate='tanh' A ")]


def test_an_epsilon_of_a_layer_norm_is_found_and_proven():
    found = compare_models(Transformer(STYLES["fused"]), Transformer(STYLES["fused"], eps=1e-6), TOKENS, weights="a")
    assert found.first.row.a == "layers.1.norm1"
    assert "with eps=1e-05 B gives the same bits" in found.first.findings


class Functional(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(8, 16), nn.Linear(16, 4)
        self.activation = activation

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


class Modular(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.fc1, self.act, self.drop, self.fc2 = nn.Linear(8, 16), activation, nn.Dropout(), nn.Linear(16, 4)

    def forward(self, x):
        return self.fc2(self.drop(self.act(self.fc1(x))))


def test_functional_code_against_a_module_lies_between_two_calls():
    found = compare_models(Modular(nn.GELU()), Functional(functional.relu), noise(3, 8), weights="a")
    assert found.first.row.a == "fc2"
    assert found.first.inside is False
    assert found.first.behind == ("fc1", "fc1")
    assert found.first.between_a == ("act (GELU)",)
    assert "A alone calls act (GELU) there" in str(found)


def test_functional_code_that_does_the_same_agrees():
    found = compare_models(Modular(nn.GELU()), Functional(functional.gelu), noise(3, 8), weights="a")
    assert found.agree
    assert {one.name for one in found.unmatched_a} == {"act", "drop"}


class Cells(nn.Module):
    """nn.LSTM by hand, one cell at a time."""

    def __init__(self, inside, hidden, forget=0.0):
        super().__init__()
        self.ih, self.hh = nn.Linear(inside, 4 * hidden), nn.Linear(hidden, 4 * hidden)
        self.hidden, self.forget = hidden, forget

    def forward(self, x):
        h = c = x.new_zeros(len(x), self.hidden)
        outputs = []
        for moment in x.unbind(1):
            i, f, g, o = (self.ih(moment) + self.hh(h)).chunk(4, -1)
            c = (f + self.forget).sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            outputs.append(h)
        return torch.stack(outputs, 1), (h, c)


class Tagger(nn.Module):
    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent
        self.out = nn.Linear(16, 5)

    def forward(self, x):
        return self.out(self.recurrent(x)[0])


def test_an_lstm_against_a_loop_of_cells():
    sequences = noise(3, 7, 6)
    ours, theirs = Tagger(nn.LSTM(6, 16, batch_first=True)), Tagger(Cells(6, 16))
    found = compare_models(ours, theirs, sequences, weights="a")
    assert not found.left_a + found.left_b
    assert max(row.size.max_abs for row in found.rows) < 1e-6
    found = compare_models(ours, Tagger(Cells(6, 16, forget=1.0)), sequences, weights="a", ulp=1000)
    assert (found.first.row.a, found.first.row.b) == ("recurrent", "recurrent")
    assert found.first.inside
    assert found.first.row.kind_b == "Cells"


class Conv1D(nn.Module):
    """GPT-2's: a Linear whose weight is transposed."""

    def __init__(self, inside, outside, *, wrong=False):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(inside, outside)), nn.Parameter(torch.zeros(outside))
        self.wrong = wrong

    def forward(self, x):
        return x @ (self.weight.t() if self.wrong else self.weight) + self.bias


class MLP(nn.Module):
    def __init__(self, make, last):
        super().__init__()
        self.up, self.act, self.down, self.mix = make(8, 32), nn.ReLU(), make(32, 8), last

    def forward(self, x):
        return self.mix(self.down(self.act(self.up(x))))


def test_transposed_weights_are_carried_over_square_ones_too():
    found = compare_models(MLP(nn.Linear, nn.Linear(8, 8)), MLP(Conv1D, Conv1D(8, 8)), noise(5, 8), weights="a")
    assert {one.a[0] for one in found.carried if one.how == "transposed"} == {"up.weight", "down.weight", "mix.weight"}
    assert max(row.size.max_abs for row in found.rows) < 1e-6


def test_a_weight_that_lies_the_wrong_way_is_found_by_trying():
    ours, theirs = MLP(nn.Linear, Conv1D(8, 8)), MLP(nn.Linear, Conv1D(8, 8, wrong=True))
    nn.init.normal_(ours.mix.weight)
    found = compare_models(ours, theirs, noise(5, 8), weights="a")
    assert found.first.row.a == "mix"
    assert any("wrong" in one or "weight transposed B" in one for one in found.first.findings), found.first.findings


class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.out = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.conv(x).mean((2, 3)))


class LastConv(nn.Conv2d):
    def forward(self, x):
        return super().forward(x).permute(0, 2, 3, 1)


class ChannelsFirst(ChannelsLast):
    def __init__(self):
        super().__init__()
        self.conv = LastConv(3, 4, 3)

    def forward(self, x):
        return self.out(self.conv(x).mean((1, 2)))


def test_channels_first_and_last_agree_and_it_is_said():
    found = compare_models(ChannelsLast(), ChannelsFirst(), noise(2, 3, 9, 11), weights="a", ulp=16)
    assert found.agree, str(found)
    assert found.rows[0].hint == "equal after b.permute(0, 3, 1, 2)"
