"""Actor and critic, an adversary that is frozen in turn, a thawed backbone, gradients copied from worker to server."""

import copy

import torch
from torch import nn
from torch.nn import functional as F


def mlp():
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 4))


def batches(n):
    for _ in range(n):
        yield torch.randn(16, 4)


def actor_critic():
    actor, critic = mlp(), nn.Linear(4, 1)
    target = copy.deepcopy(critic)
    actor_optimizer = torch.optim.Adam(actor.parameters(), lr=1e-3)
    critic_optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3)
    for x in batches(6):
        critic_optimizer.zero_grad()
        F.mse_loss(critic(x), x.sum(1, keepdim=True) + 0.9 * target(x).detach()).backward()
        critic_optimizer.step()
        actor_optimizer.zero_grad()
        (-critic(x + actor(x))).mean().backward()
        nn.utils.clip_grad_norm_([*actor.parameters(), *critic.parameters()], 1.0)
        actor_optimizer.step()
        for old, new in zip(target.parameters(), critic.parameters(), strict=True):
            old.data.mul_(0.9).add_(0.1 * new.data)
    return [actor.state_dict(), critic.state_dict()]


def adversary_frozen_in_turn():
    model, adversary = mlp(), nn.Linear(4, 1)
    one = torch.optim.Adam(model.parameters(), lr=1e-3)
    other = torch.optim.Adam(adversary.parameters(), lr=1e-3)
    for x in batches(6):
        adversary.requires_grad_(False)
        one.zero_grad()
        adversary(model(x)).mean().backward()
        one.step()
        adversary.requires_grad_(True)
        other.zero_grad()
        (adversary(x).mean() - adversary(model(x).detach()).mean()).backward()
        other.step()
    return [model.state_dict(), adversary.state_dict()]


def thawed():
    model = mlp()
    optimizer = torch.optim.SGD(model[2].parameters(), lr=0.1)
    model[0].requires_grad_(False)
    for number, x in enumerate(batches(8)):
        if number == 4:
            model[0].requires_grad_(True)
            optimizer.add_param_group({"params": model[0].parameters(), "lr": 0.01})
        optimizer.zero_grad()
        F.mse_loss(model(x), x).backward()
        optimizer.step()
    return model.state_dict()


def server_and_worker(through_data):
    server = mlp()
    worker = copy.deepcopy(server)
    optimizer = torch.optim.SGD(server.parameters(), lr=0.05)
    for p in server.parameters():
        p.grad = torch.zeros_like(p)
    for x in batches(6):
        server(x)
        worker.load_state_dict(server.state_dict())
        worker.zero_grad()
        F.mse_loss(worker(x), x).backward()
        for p, q in zip(server.parameters(), worker.parameters(), strict=True):
            if through_data:
                p.grad.data.copy_(q.grad.data)
            else:
                p.grad = q.grad
        optimizer.step()
    return server.state_dict()


torch.manual_seed(0)
RESULT = [actor_critic(), adversary_frozen_in_turn(), thawed(), server_and_worker(True), server_and_worker(False)]
