"""Random generators that behave: scripted functions with randperm, pickled and copied generators, subclasses."""

import copy, warnings, pickle, random, numpy as np, torch

rng = np.random.default_rng(1)
assert isinstance(rng, np.random.Generator)
r2 = pickle.loads(pickle.dumps(rng))
r3 = copy.deepcopy(rng)
a = rng.permutation(10)
assert (a == r2.permutation(10)).all() and (a == r3.permutation(10)).all()
rng.shuffle(x := list(range(5)))
rng.permutation(np.arange(12).reshape(3, 4), axis=1)
rng.permutation(np.int64(4))
np.random.permutation(np.int64(3))
np.random.permutation([3, 1, 2])
np.random.shuffle(["a", "b"])
random.shuffle(["a", "b", 3])
try:
    rng.permutation(None)
except Exception:
    pass
try:
    np.random.shuffle(3)
except Exception:
    pass
try:
    torch.randperm("a")
except Exception:
    pass
assert np.random.default_rng(rng) is rng


def f(n: int):
    return torch.randperm(n)


with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    torch.jit.script(f)(3)
torch.randperm(4, dtype=torch.int32)
torch.randperm(n=5, device="meta")
torch.randperm(0)
g = torch.compile(lambda x: x[torch.randperm(len(x))], backend="eager")
g(torch.arange(3))
children = rng.spawn(2)
children[0].permutation(3)
np.random.default_rng()
np.random.default_rng(np.random.PCG64(3))
np.random.default_rng(np.random.SeedSequence(4))
str(rng)
old = np.random.RandomState(3)
assert isinstance(old, np.random.RandomState) and isinstance(np.random.mtrand._rand, np.random.RandomState)
assert not isinstance(rng, np.random.RandomState) and issubclass(np.random.RandomState, np.random.mtrand.RandomState)


class Mine(np.random.RandomState):
    pass


assert isinstance(Mine(3), np.random.RandomState) and not isinstance(old, Mine)
twin = pickle.loads(pickle.dumps(old))
assert (old.permutation(9) == twin.permutation(9)).all()
old.shuffle(x)
copy.deepcopy(old).randint(3)
from sklearn.utils import check_random_state, shuffle

check_random_state(None)
check_random_state(old)
shuffle(np.arange(20), random_state=old)
shuffle(np.arange(20), random_state=4)

RESULT = [torch.tensor(a)]
