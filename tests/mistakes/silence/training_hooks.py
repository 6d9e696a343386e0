"""Hooks of all kinds: activations kept for a look, gradients clamped and logged, step hooks; all removed at the end."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
loader = DataLoader(
    TensorDataset(torch.tensor(x[:128] / 16, dtype=torch.float32), torch.tensor(y[:128])), batch_size=32, shuffle=True
)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
activations, gradient_norms, learning_rates = {}, [], []


def keep(name):
    def hook(module, args, output):
        activations[name] = output.detach()

    return hook


def log_gradients(module, grad_input, grad_output):
    gradient_norms.append(grad_output[0].norm().item())


handles = [layer.register_forward_hook(keep(name)) for name, layer in model.named_children()]
handles.append(model[2].register_full_backward_hook(log_gradients))
handles += [p.register_hook(lambda grad: grad.clamp(-0.01, 0.01)) for p in model.parameters()]
handles.append(
    optimizer.register_step_post_hook(lambda opt, args, kwargs: learning_rates.append(opt.param_groups[0]["lr"]))
)

sparsity = []
for inputs, targets in loader:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(inputs), targets)
    loss.backward()
    optimizer.step()
    sparsity.append((activations["1"] == 0).float().mean().item())
for handle in handles:
    handle.remove()

RESULT = [sparsity, gradient_norms, learning_rates, model.state_dict()]
