"""Other names in the state than in the module, which arrive all the same."""

import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(s):
        super().__init__()
        s.fc = nn.Linear(4, 2)
        s.register_load_state_dict_pre_hook(s.rename)

    @staticmethod
    def rename(module, sd, prefix, *_):
        for k in list(sd):
            if k.startswith("module."):
                sd[k.removeprefix("module.")] = sd.pop(k)

    def forward(s, x):
        return s.fc(x)


sd = {"module." + k: v for k, v in Net().state_dict().items()}
n = Net()
n.load_state_dict(sd, strict=False)


class Old(nn.Module):
    def __init__(s):
        super().__init__()
        s.fc = nn.Linear(4, 2)

    def _load_from_state_dict(s, sd, prefix, *a):
        for k in list(sd):
            if k.startswith("net."):
                sd[k[4:]] = sd.pop(k)
        super()._load_from_state_dict(sd, prefix, *a)

    def forward(s, x):
        return s.fc(x)


o = Old()
o.load_state_dict({"net." + k: v for k, v in Old().state_dict().items()}, strict=False)
# copied by hand after the look at what is missing
m = Old()
r = nn.Module.load_state_dict(m, {"module." + k: v for k, v in Old().state_dict().items()}, strict=False)
src = {"module." + k: v for k, v in Old().state_dict().items()}
with torch.no_grad():
    for k in r.missing_keys:
        m.get_parameter(k).data.copy_(src["module." + k])
with torch.no_grad():
    RESULT = [n(torch.ones(1, 4)), o(torch.ones(1, 4)), m(torch.ones(1, 4))]
