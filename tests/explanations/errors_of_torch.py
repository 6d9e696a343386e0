"""Real errors of torch, each with the explanation that it should get and words that its note must have.

Names of variables and the text of the failing line are part of what is tested.
"""
# fmt: off

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional as F  # noqa: N812 - as users write it

CASES = []


def case(explainer, *words):
    """Register a function that raises; `words` stand in the note, `!word` does not."""

    def register(function):
        CASES.append((function, explainer, words))
        return function

    return register


# Views

@case("view_across_strides", "x.t(): float32 [4, 3] on cpu, strides [1, 4], not contiguous",
      "dimensions 0 and 1 cannot be merged", "What to do: x.t().reshape(2, 6) copies 48 bytes and works.")
def view_of_transposed():
    x = torch.arange(12.0).view(3, 4)
    x.t().view(2, 6)

@case("view_across_strides", "y: float32 [4, 3]", "y.reshape(12) copies 48 bytes and works.")
def view_as():
    y, like = torch.arange(12.0).view(3, 4).t(), torch.zeros(12)
    y.view_as(like)

@case("sizes_that_do_not_multiply_up", "x: float32 [7, 8]", "56 elements, and the shape asked for has 256 (32 x 8)",
      "x.view(-1, 8) has shape [7, 8] and works")
def last_batch_is_smaller():
    x = torch.zeros(7, 8)
    x.view(32, 8)

@case("sizes_that_do_not_multiply_up", "12 elements cannot be divided into 5 x ?: 12 / 5 is not a whole number", "!What to do")
def indivisible():
    x = torch.zeros(12)
    torch.reshape(x, (5, -1))

@case("sizes_that_do_not_multiply_up", "0", "do not fit where a size is 0")
def size_of_zero():
    x = torch.zeros(12)
    x.view(0, -1)


# Writing in place

@case("write_into_a_leaf", "w: float32 [3]", "a leaf that requires grad", "with torch.no_grad():")
def leaf():
    w = nn.Parameter(torch.ones(3))
    w += 1

@case("write_into_a_leaf", "params[1]: float32 [2]")
def leaf_in_a_list():
    params = [torch.ones(3), torch.ones(2, requires_grad=True)]
    torch._foreach_add_(params, 1)

@case("write_into_a_view_of_a_leaf", ": w[0] = 1", "w: float32 [3]", "write into a clone()")
def item_of_a_leaf():
    w = nn.Parameter(torch.ones(3))
    w[0] = 1

@case("write_into_a_view_of_a_leaf", "layer.weight[0]: float32 [2]", "layer.weight: float32 [2, 2]", "the memory of layer.weight")
def row_of_a_weight():
    layer = nn.Linear(2, 2)
    layer.weight[0].mul_(2)

@case("write_into_an_expanded_tensor", "e: float32 [3, 4] on cpu, strides [1, 0]", "Dimension 1 has stride 0: its 4 indices show one",
      "e.clone(), which copies 48 bytes")
def expanded():
    e = torch.ones(3, 1).expand(3, 4)
    e.add_(1)

@case("write_into_an_expanded_tensor", "Dimension 0 has stride 0", "place.clone()")
def expanded_out():
    place = torch.ones(1).expand(3)
    torch.add(torch.ones(3), 1, out=place)

@case("write_into_what_is_read", "x[:4] and x[1:] share some elements", "x[1:].clone()")
def shifted():
    x = torch.arange(5.0)
    x[:4].add_(x[1:])

@case("write_into_an_inference_tensor", "i: float32 [3]", "an inference tensor", "i.clone()")
def inference():
    with torch.inference_mode():
        i = torch.ones(3)
    i.add_(1)

@case("write_into_one_of_several_views", "row: float32 [2]", "one of several views that unbind made at once", "by an index or slice of its own", "in ", "for row in x")
def rows_of_a_loop():
    x = torch.ones(3, 2, requires_grad=True) * 1
    for row in x:
        row.mul_(2)

@case("write_into_one_of_several_views", "a is one of several views that split made at once", "The last write into that memory",
      ": x.add_(1)")
def base_of_several_views_written():
    x = torch.ones(3, 2, requires_grad=True) * 1
    a, _b, _c = x.split(1)
    x.add_(1)
    a.sum()

@case("write_through_a_view_made_without_gradients", "v is a view that was made under torch.no_grad()")
def view_without_gradients():
    w = torch.ones(3, requires_grad=True) * 1
    with torch.no_grad():
        v = w[0:1]
    v.add_(1)


# Backward

@case("saved_value_written", "y: float32 [3]", "y = x.exp()"[4:] + " (ExpBackward0) saved y for its backward", "y += 1 (add_)", "y.clone()")
def result_of_exp_written():
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    z = y * 2
    y += 1
    z.sum().backward()

@case("saved_value_written", "y * y (MulBackward0) saved y", "y.add_(1) (add_), then ", ": y[0] = 3 (__setitem__)")
def factor_written():
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    z = y * y
    for _ in range(5):
        y.add_(1)
    y[0] = 3
    z.sum().backward()

@case("saved_value_written", "(SigmoidBackward0) saved a value", "(relu)", "say inplace=False there")
def relu_in_place():
    model = nn.Sequential(nn.Linear(3, 3), nn.Sigmoid(), nn.ReLU(inplace=True))
    model(torch.ones(2, 3)).sum().backward()

@case("saved_value_written", "model.1.weight (a view of it)", "optimizer.step()", "before they change (optimizer.step() comes last)",
      ".detach() what is carried over")
def step_before_backward():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = model(torch.ones(2, 3)).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    loss.backward()

@case("saved_value_written", "saved states (a view of it)", ": states[t + 1] = cell(x[t], states[t]) (__setitem__)",
      "a new tensor instead of states, or use a clone() of its part", "!(a view of it).clone()")
def states_written_into_one_tensor():
    cell, x, states = nn.GRUCell(2, 3), torch.ones(3, 1, 2), torch.zeros(4, 1, 3)
    for t in range(3):
        states[t + 1] = cell(x[t], states[t])
    states.sum().backward()

@case("graph_walked_twice", "A backward has walked the graph of loss before", "loss.backward()", "retain_graph=True")
def backward_twice():
    loss = (torch.ones(3, requires_grad=True) ** 2).sum()
    loss.backward()
    loss.backward()

@case("graph_walked_twice", "h = cell(torch.ones(1, 2), h)"[4:], "loss.backward()", ".detach() what is carried over")
def hidden_state_carried_over():
    cell, h = nn.RNNCell(2, 3), torch.zeros(1, 3)
    for _ in range(3):
        h = cell(torch.ones(1, 2), h)
        loss = h.pow(2).sum()
        loss.backward()

@case("loss_without_graph", "loss has no graph", "model(torch.ones(2, 3)) ran with gradients switched off", "outside of that block")
def loss_of_no_grad():
    model = nn.Linear(3, 1)
    with torch.no_grad():
        prediction = model(torch.ones(2, 3))
    loss = (prediction - 1).pow(2).mean()
    loss.backward()

@case("loss_without_graph", "w - 0.1 * w.grad ran with gradients switched off", "write in place there (w -= ...)")
def weight_that_was_replaced():
    w = torch.ones(3, requires_grad=True)
    for _ in range(2):
        w.pow(2).sum().backward()
        with torch.no_grad():
            w = w - 0.1 * w.grad

@case("loss_without_graph", "teacher(x) ran with", "Nothing else came into it with a graph", "whether the parameters there require grad")
def frozen_student():
    teacher, student, x = nn.Linear(3, 2), nn.Linear(3, 2).requires_grad_(False), torch.ones(2, 3)
    with torch.no_grad():
        target = teacher(x)
    loss = F.mse_loss(student(x), target)
    loss.backward()

@case("loss_without_graph", "saw nothing that requires grad go into it", "!rand_like", "!zeros_like")
def noise_in_the_shape_of_a_weight():
    w, frozen = nn.Parameter(torch.ones(3)), nn.Linear(3, 3).requires_grad_(False)
    loss = (frozen(torch.rand_like(w)) + torch.zeros_like(w.detach())).sum()
    loss.backward()

@case("loss_without_graph", "the result of grad carries no gradient", "pass create_graph=True there", "!compute the loss from")
def penalty_of_a_gradient():
    critic, x = nn.Linear(3, 1), torch.ones(2, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    loss = (gradient.norm(dim=1) - 1).pow(2).mean()
    loss.backward()

@case("loss_without_graph", "became plain numbers here", "prediction.detach().numpy()")
def loss_of_an_array():
    prediction = nn.Linear(3, 3)(torch.ones(2, 3))
    loss = torch.tensor(np.mean((prediction.detach().numpy() - 1) ** 2))
    loss.backward()

@case("loss_without_graph", "the result of argmax carries no gradient")
def loss_of_argmax():
    model = nn.Linear(3, 3)
    loss = model(torch.ones(2, 3)).argmax(1).float().mean()
    loss.backward()

@case("loss_without_graph", "torch.tensor([a, a]) copied the values", "torch.stack and torch.cat")
def loss_of_a_new_tensor():
    a = nn.Linear(3, 3)(torch.ones(2, 3)).sum()
    loss = torch.tensor([a, a]).sum()
    loss.backward()

@case("loss_without_graph", "a.data left it", "leave .data out")
def loss_of_data():
    a = nn.Linear(3, 3)(torch.ones(2, 3)).sum()
    loss = a.data * 2
    loss.backward()

@case("loss_without_graph", "saw nothing that requires grad go into it", "became plain numbers here", "a.item()")
def loss_of_a_number():
    a = nn.Linear(3, 3)(torch.ones(2, 3)).sum()
    loss = torch.tensor(a.item())
    loss.backward()

@case("loss_without_graph", "saw nothing that requires grad go into it", "!became plain numbers", "whether the parameters require grad")
def loss_of_a_frozen_model():
    model = nn.Linear(3, 3).requires_grad_(False)
    loss = model(torch.ones(2, 3)).sum()
    torch.autograd.backward([loss])

@case("backward_from_many", "loss has 6 elements", "loss.mean().backward()")
def backward_of_many():
    loss = nn.Linear(3, 3)(torch.ones(2, 3))
    loss.backward()

@case("backward_from_many", "(y * 2) has"[1:6], "(y * 2).sum().backward()")
def gradient_of_many():
    y = torch.ones(3, requires_grad=True)
    torch.autograd.grad(y * 2, y)

@case("gradient_of_another_shape", "needs the shape of y: [3], and has [2]")
def wrong_gradient():
    y = torch.ones(3, requires_grad=True) * 2
    y.backward(torch.ones(2))

@case("gradient_for_a_constant", "x does not require grad", "x.requires_grad_()")
def gradient_of_a_constant():
    w, x = torch.ones(3, requires_grad=True), torch.ones(3)
    torch.autograd.grad((w * x).sum(), x)

@case("inference_tensor_in_a_graph", "i was made under torch.inference_mode()", "i.clone()")
def inference_tensor_saved():
    w = torch.ones(3, requires_grad=True)
    with torch.inference_mode():
        i = torch.ones(3)
    w * i

@case("gradient_of_integers", "counts holds int64", "counts.float()")
def integers_with_gradients():
    counts = torch.ones(3).long()
    counts.requires_grad_()


# Devices

@case("tensors_on_two_devices", "x is on cpu and model.weight, model.bias are on meta", "to_empty")
def model_on_meta():
    model, x = nn.Linear(3, 3, device="meta"), torch.ones(2, 3)
    model(x)

@case("tensors_on_two_devices", "model.weight, model.bias are on cuda:0", "What to do: x.to('cuda:0').", "in model (Linear)")
def model_on_cuda():
    # With gradients a build of torch without CUDA would abort the process.
    with FakeTensorMode():
        model, x = nn.Linear(3, 3), torch.empty(2, 3)
        model.weight = nn.Parameter(torch.empty(3, 3, device="cuda"), requires_grad=False)
        model.bias = nn.Parameter(torch.empty(3, device="cuda"), requires_grad=False)
        model(x)

@case("tensors_on_two_devices", "a is on cuda:0 and b is on cpu", "b.to('cuda:0')")
def sum_of_two_devices():
    with FakeTensorMode():
        a, b = torch.empty(3, device="cuda"), torch.empty(3)
        a + b


# Dtypes

@case("tensors_of_two_dtypes", "b is float64 (what NumPy makes by default), and a is float32: matmul takes one dtype", "b.float()")
def product_of_two_dtypes():
    a, b = torch.ones(3, 3), torch.ones(3, 3).double()
    a @ b

@case("tensors_of_two_dtypes", "x is float64", "model.0.weight is float32", "What to do: x.float().")
def array_into_a_model():
    model, x = nn.Sequential(nn.Linear(3, 3), nn.ReLU()), torch.from_numpy(np.ones((2, 3)))
    model(x)

@case("tensors_of_two_dtypes", "image is uint8", "image.float()")
def bytes_into_a_convolution():
    net, image = nn.Conv2d(3, 3, 3), torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
    net(image)

@case("tensors_of_two_dtypes", "x is float32, and net.weight is bfloat16", "x.bfloat16()")
def float_into_a_bfloat16_model():
    net, x = nn.Linear(3, 3).bfloat16(), torch.ones(2, 3)
    net(x)

@case("tensors_of_two_dtypes", "b is float64", "b.float()")
def batched_product_of_two_dtypes():
    a, b = torch.ones(1, 3, 3), torch.ones(1, 3, 3).double()
    torch.bmm(a, b)

@case("tensors_of_two_dtypes", "v is float64", "v.float()")
def vectors_of_two_dtypes():
    u, v = torch.ones(3), torch.ones(3).double()
    torch.dot(u, v)

@case("tensors_of_two_dtypes", "x is float64", "norm.weight is float32")
def layer_norm_of_another_dtype():
    norm, x = nn.LayerNorm(3), torch.ones(2, 3).double()
    norm(x)

@case("tensors_of_two_dtypes", "v is float64", "!i is int64")
def indexed_write_of_another_dtype():
    x, i, v = torch.ones(3), torch.tensor([0]), torch.ones(1).double()
    x.index_put_((i,), v)

@case("result_that_does_not_fit", "The result is float, and counts, where it should go, holds int64")
def division_in_place():
    counts = torch.ones(3).long()
    counts /= 2

@case("statistics_of_integers", "pixels holds int64", "pixels.float() first")
def mean_of_integers():
    pixels = torch.ones(3).long()
    pixels.mean()


# Indices

@case("index_that_is_not_whole", "i is used as an index and holds float32", "i.long()")
def float_index():
    x, i = torch.ones(3, 3), torch.tensor([0.0, 1.0])
    x[i]

@case("index_that_is_not_whole", "words is used as an index and holds float32", "words.long()")
def float_words():
    table, words = nn.Embedding(3, 2), torch.tensor([0.0, 1.0])
    table(words)

@case("index_that_is_not_whole", "i is used as an index and holds float32")
def float_gather():
    x, i = torch.ones(3, 3), torch.ones(1, 3)
    x.gather(0, index=i)

@case("index_that_is_not_whole", "i is used as an index and holds int32", "i.long()")
def narrow_one_hot():
    i = torch.ones(2, dtype=torch.int32)
    F.one_hot(i)

@case("index_out_of_bounds", "Dimension 0 has 3 elements: indices run from -3 to 2")
def index_too_large():
    x = torch.ones(3, 4)
    x[7]

@case("row_out_of_range", "table.weight has 3 rows, so words may hold 0 to 2")
def word_too_large():
    table, words = nn.Embedding(3, 2), torch.tensor([0, 3])
    table(words)

@case("too_many_indices", "It has 2 dimensions, and each takes one index")
def three_indices():
    x = torch.ones(3, 4)
    x[0, 0, 0]

@case("mask_of_another_shape", "The mask keep needs", "[3, 4]")
def short_mask():
    x, keep = torch.ones(3, 4), torch.ones(2).bool()
    x[keep]


# Products

@case("inner_sizes_that_differ", "the last dimension of a (3)", "second last one of b (2)", "a @ b.mT works")
def product():
    a, b = torch.ones(2, 3), torch.ones(2, 3)
    a @ b

@case("inner_sizes_that_differ", "only one of v (2)", "a.mT @ v works")
def product_with_a_vector():
    a, v = torch.ones(2, 3), torch.ones(2)
    torch.mv(a, v)

@case("inner_sizes_that_differ", "in self.fc (Linear)", "self.conv(x): float32 [2, 8, 8, 8]", "takes 512 features",
      "self.conv(x).flatten(1) has shape [2, 512] and works")
def forgotten_flatten():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(1, 8, 1), nn.Linear(512, 10)

        def forward(self, x):
            return self.fc(self.conv(x))

    Net()(torch.ones(2, 1, 8, 8))

@case("inner_sizes_that_differ", "in model.1.1 (Linear)", "model.1.1.weight: float32 [2, 4]", "nn.Linear(8, ...) takes this input")
def layers_that_do_not_fit():
    model = nn.Sequential(nn.Linear(4, 8), nn.Sequential(nn.ReLU(), nn.Linear(4, 2)))
    model(torch.ones(2, 4))

@case("inner_sizes_that_differ", "second last one of b (2)", "a @ b.mT works")
def batched_product():
    a, b = torch.ones(5, 2, 3), torch.ones(5, 2, 3)
    torch.bmm(a, b)


# Broadcasting

@case("sizes_that_do_not_broadcast", "[2, 3] and [2] clash: 3 against 2 in dimension -1", "b.unsqueeze(1) has shape [2, 1] and works")
def row_for_a_column():
    a, b = torch.ones(2, 3), torch.ones(2)
    a * b

@case("sizes_that_do_not_broadcast", "pred: float32 [2, 3]", "target: float32 [2, 4]", "!What to do")
def loss_of_two_shapes():
    pred, target = torch.ones(2, 3), torch.ones(2, 4)
    F.mse_loss(pred, target)

@case("sizes_that_do_not_broadcast", "b.mT has shape [2, 3] and works")
def transposed_sum():
    a, b = torch.ones(2, 3), torch.ones(3, 2)
    a + b

@case("result_larger_than_its_place", "The result has shape [2, 3], and a, where it should go, has [3]")
def sum_in_place():
    a, b = torch.ones(3), torch.ones(2, 3)
    a += b

@case("size_that_cannot_be_expanded", "x has shape [2, 3]: its size 2 is neither 1 nor the 4")
def expand_two():
    x = torch.ones(2, 3)
    x.expand(4, 3)

@case("size_that_cannot_be_expanded", "row has shape [4]: its size 4 is neither 1 nor the 3", ": x[0] = row")
def row_too_long():
    x, row = torch.ones(3, 3), torch.ones(4)
    x[0] = row

@case("value_that_does_not_fit_its_place", "The index picks a part of shape [2, 3], and the value has shape [3, 3]")
def rows_too_many():
    x, i, rows = torch.ones(3, 3), torch.tensor([0, 1]), torch.ones(3, 3)
    x[i] = rows


# Layers

@case("channels_that_differ", "Dimension 1 of images counts channels: 8, and the layer takes 3",
      "images.permute(0, 3, 1, 2) has shape [2, 3, 8, 8] and works")
def channels_last():
    conv, images = nn.Conv2d(3, 4, 3), torch.ones(2, 8, 8, 3)
    conv(images)

@case("channels_that_differ", "Dimension 0 of image counts channels: 8", "With 3 dimensions it is taken for one sample without a batch",
      "image.permute(2, 0, 1) has shape [3, 8, 9]")
def one_image_channels_last():
    conv, image = nn.Conv2d(3, 4, 3), torch.ones(8, 9, 3)
    conv(image)

@case("channels_that_differ", "images.unsqueeze(1) has shape [16, 1, 8, 8] and works")
def no_channels():
    conv, images = nn.Conv2d(1, 4, 3), torch.ones(16, 8, 8)
    conv(images)

@case("batch_norm_of_one_value", "in net.1 (BatchNorm1d)", "one value a channel: batch size 1", "model.eval()", "drop_last=True")
def one_sample():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    net(torch.ones(1, 3))

@case("batch_norm_of_another_rank", "It takes 4 dimensions, the batch first, and image has 3", "image.unsqueeze(0)")
def no_batch():
    norm, image = nn.BatchNorm2d(3), torch.ones(3, 8, 8)
    norm(image)

@case("features_of_batch_norm", "Dimension 1 of x counts the channels: 3, and the layer was made for 4")
def channels_of_batch_norm():
    norm, x = nn.BatchNorm2d(4), torch.ones(2, 3, 8, 8)
    norm(x)

@case("features_of_layer_norm", "made for last dimensions [3], and x has shape [2, 4]")
def features_of_norm():
    norm, x = nn.LayerNorm(3), torch.ones(2, 4)
    norm(x)


# Joining

@case("sizes_that_do_not_join", "b has 4 where a has 3", "dim=1 gives shape [2, 7]")
def cat():
    a, b = torch.ones(2, 3), torch.ones(2, 4)
    torch.cat([a, b])

@case("shapes_that_do_not_stack", "batch[0]: float32 [3]", "batch[1]: float32 [5]", "pad_sequence")
def stack():
    batch = [torch.ones(3), torch.ones(5)]
    torch.stack(batch)

@case("shapes_that_do_not_stack", "samples[1]: float32 [5]", "by torch.stack")
def batch_of_a_loader():
    samples = [torch.ones(3), torch.ones(5)]
    list(torch.utils.data.DataLoader(samples, batch_size=2))

@case("ranks_that_do_not_join", "row.unsqueeze(0) has shape [1, 3]")
def cat_of_ranks():
    table, row = torch.ones(2, 3), torch.ones(3)
    torch.cat([table, row])

@case("scalars_that_do_not_join", "torch.stack joins scalars")
def cat_of_scalars():
    a = torch.tensor(1.0)
    torch.cat([a, a])


# Losses

@case("class_out_of_bounds", "logits has scores for 10 classes, 0 to 9, and labels holds 10", "labels - 1", "11 classes")
def label_too_large():
    logits, labels = torch.ones(2, 10), torch.tensor([3, 10])
    nn.CrossEntropyLoss()(logits, labels)

@case("class_out_of_bounds", "ignore_index=-1")
def label_below_zero():
    logits, labels = torch.ones(2, 10), torch.tensor([3, -1])
    F.nll_loss(logits, labels)

@case("batches_that_differ", "logits.reshape(-1, 3) has a row for each of the 10 labels")
def rows_and_labels():
    logits, labels = torch.ones(2, 5, 3), torch.zeros(10).long()
    F.cross_entropy(logits, labels)

@case("batches_that_differ", "look for a view(-1, ...) before it that makes 3 rows of each sample")
def rows_of_a_view():
    logits, labels = torch.ones(4, 3, 5).view(-1, 5), torch.zeros(4).long()
    F.cross_entropy(logits, labels)

@case("target_of_another_shape", "labels.squeeze(3) has shape [2, 4, 4] and works")
def image_of_labels_with_channels_last():
    logits, labels = torch.ones(2, 3, 4, 4), torch.zeros(2, 4, 4, 1).long()
    F.cross_entropy(logits, labels)

@case("target_of_another_shape", "have shape [2], and labels has [2, 1]", "labels.squeeze(1) has shape [2] and works")
def column_of_labels():
    logits, labels = torch.ones(2, 3), torch.tensor([[0], [1]])
    F.cross_entropy(logits, labels)

@case("target_of_another_shape", "logits.movedim(-1, 1) has shape [2, 3, 5] and works")
def classes_last():
    logits, labels = torch.ones(2, 5, 3), torch.zeros(2, 5).long()
    F.cross_entropy(logits, labels)

@case("target_of_another_shape", "labels.squeeze(1) has shape [2, 4, 4]")
def image_of_labels():
    logits, labels = torch.ones(2, 3, 4, 4), torch.zeros(2, 1, 4, 4).long()
    F.cross_entropy(logits, labels)

@case("target_of_another_shape", "onehot.argmax(1)", "onehot.float()")
def one_hot_labels():
    logits, onehot = torch.ones(2, 3), torch.tensor([[0, 1, 0], [1, 0, 0]])
    F.cross_entropy(logits, onehot)

@case("target_that_is_no_class", "labels holds class numbers as float32", "labels.long()")
def float_labels():
    logits, labels = torch.ones(2, 3), torch.tensor([0.0, 1.0])
    F.cross_entropy(logits, labels)

@case("binary_target_that_is_whole", "labels holds int64, and a binary target is a probability", "labels.float()")
def whole_binary_labels():
    scores, labels = torch.ones(2), torch.ones(2).long()
    F.binary_cross_entropy_with_logits(scores, labels)

@case("binary_target_that_is_whole", "labels.float()")
def whole_binary_labels_of_probabilities():
    scores, labels = torch.ones(2), torch.ones(2).long()
    F.binary_cross_entropy(scores, labels)

@case("binary_target_of_another_shape", "labels.unsqueeze(-1) has shape [2, 1] and works")
def column_of_scores():
    scores, labels = torch.ones(2, 1), torch.ones(2)
    F.binary_cross_entropy_with_logits(scores, labels)

@case("binary_target_of_another_shape", "scores(x) and labels need one shape",
      "labels.float().unsqueeze(-1) has shape [2, 1] and works")
def whole_labels_for_a_column_of_scores():
    scores, x, labels = nn.Linear(3, 1), torch.ones(2, 3), torch.tensor([0, 1])
    nn.BCEWithLogitsLoss()(scores(x), labels)

@case("weights_of_classes", "one number for each of the 3 classes, and has 2")
def weights_too_few():
    logits, labels = torch.ones(2, 3), torch.tensor([0, 1])
    F.cross_entropy(logits, labels, weight=torch.ones(2))


# NumPy and Python numbers

@case("tensor_that_numpy_cannot_have", "w: float32 [3]", "w.detach().numpy() shares the memory and works")
def numpy_of_a_leaf():
    w = torch.ones(3, requires_grad=True)
    w.numpy()

@case("tensor_that_numpy_cannot_have", "(w * 2).detach().numpy() shares the memory and works")
def asarray_of_a_result():
    w = torch.ones(3, requires_grad=True)
    np.asarray(w * 2)

@case("tensor_that_numpy_cannot_have", "NumPy has no dtype for bfloat16", "x.float().numpy() copies 12 bytes and works")
def numpy_of_bfloat16():
    x = torch.ones(3, dtype=torch.bfloat16)
    x.numpy()

@case("tensor_that_numpy_cannot_have", "conjugated by a mark", "z.resolve_conj().numpy() copies 24 bytes and works")
def numpy_of_a_conjugate():
    z = torch.ones(3, dtype=torch.cfloat).conj()
    z.numpy()

@case("tensor_that_numpy_cannot_have", "x is on meta", "no values")
def numpy_of_meta():
    x = torch.ones(3, device="meta")
    x.numpy()

@case("tensor_that_numpy_cannot_have", "s.to_dense().numpy()")
def numpy_of_sparse():
    s = torch.eye(3).to_sparse()
    s.numpy()

@case("tensor_that_numpy_cannot_have", "the tensor: float32 [2]", "(the tensor).detach().numpy() shares", "!argument")
def column_inside_of_a_function_of_numpy():
    scores = torch.ones(2, 3, requires_grad=True)
    np.mean([np.zeros(2), scores[:, 0]])

@case("value_that_is_no_tensor", "X is a NumPy array", "torch.from_numpy(X).float()")
def array_into_a_layer():
    layer, X = nn.Linear(3, 2), np.ones((2, 3))  # noqa: N806 - as users write it
    layer(X)

@case("value_that_is_no_tensor", "images[:2] is a NumPy array", "torch.from_numpy(images[:2]).float()", "in net.0 (Conv2d)")
def bytes_of_an_array_into_a_layer():
    net, images = nn.Sequential(nn.Conv2d(3, 2, 3)), np.ones((4, 3, 8, 8), dtype=np.uint8)
    net(images[:2])

@case("value_that_is_no_tensor", "words is a NumPy array", "torch.from_numpy(words).", "!long")
def array_of_words():
    table, words = nn.Embedding(3, 2), np.array([0, 1])
    table(words)

@case("value_that_is_no_tensor", "rows is a Python list", "torch.stack(rows)")
def list_into_a_layer():
    layer, rows = nn.Linear(3, 2), [torch.ones(3), torch.ones(3)]
    layer(rows)

@case("value_that_is_no_tensor", "rows is a Python list", "torch.tensor(rows)")
def list_of_numbers_into_a_layer():
    layer, rows = nn.Linear(3, 2), [[1.0, 2.0, 3.0]]
    layer(rows)

@case("value_that_is_no_tensor", "lstm(x) is a tuple", "take the tensor that is meant out of it: lstm(x)[0]")
def output_and_state_into_a_layer():
    lstm, layer, x = nn.LSTM(3, 4), nn.Linear(4, 2), torch.ones(2, 3)
    layer(lstm(x))

@case("number_of_many", "losses has 3 elements", "losses.tolist()")
def item_of_many():
    losses = torch.ones(3)
    losses.item()

@case("number_of_many", "losses has 3 elements")
def float_of_many():
    losses = torch.ones(3)
    float(losses)

@case("number_of_many", "torch.stack(...) joins them")
def tensor_of_tensors():
    rows = [torch.ones(2), torch.ones(2)]
    torch.tensor(rows)

@case("truth_of_many", "x > 0: bool [3]", "say .any() or .all()")
def truth():
    x = torch.ones(3)
    if x > 0:
        pass

@case("index_of_many", "n holds float32", "int(n)")
def range_of_a_float():
    n = torch.tensor(3.0)
    range(n)
