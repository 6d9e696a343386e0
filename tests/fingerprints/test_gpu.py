"""Fingerprints of tensors on a real accelerator: what the CPU's definition says, and without waiting."""

import pytest
import torch

from retorch.fingerprints import (
    _ordered,
    fingerprint,
    fingerprint_batch,
    fingerprint_batch_later,
    fingerprint_later,
    ordered_sum,
)
from retorch.fingerprints._mixing import mix, tensor_seed

pytestmark = pytest.mark.gpu

DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32,
    torch.float64, torch.complex64, torch.complex128, torch.float8_e4m3fn, torch.float8_e5m2,
]  # fmt: skip


@pytest.fixture
def device():
    if not torch.accelerator.is_available():
        pytest.skip("no accelerator here")
    return torch.accelerator.current_accelerator()


def random_tensor(dtype, *shape):
    if dtype is torch.bool:
        return torch.rand(shape) < 0.5
    return torch.randint(0, 256, (*shape, dtype.itemsize), dtype=torch.uint8).view(dtype).squeeze(-1)


def expected(tensor):
    return mix(ordered_sum(tensor) ^ tensor_seed(str(tensor.dtype).removeprefix("torch."), tensor.shape))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (5,), (2047,), (2048,), (2049,), (300, 1001)])
def test_the_device_sums_up_as_the_cpu_does(device, dtype, shape):
    tensor = random_tensor(dtype, *shape)
    there = tensor.to(device)
    for start in (0, 3, 2**40):
        assert ordered_sum(there, start) == ordered_sum(tensor, start)
    assert fingerprint(there) == expected(tensor)
    if tensor.dim() == 2:
        assert fingerprint(there.t()) == expected(tensor.t())
        assert fingerprint(there[3:, 1:]) == expected(tensor[3:, 1:])


def test_many_tensors_take_one_launch_and_give_the_same(device):
    tensors = [random_tensor(dtype, size) for dtype in DTYPES for size in (1, 7, 4096, 100_003)]
    tensors += [tensor[1:] for tensor in tensors]
    assert fingerprint_later([tensor.to(device) for tensor in tensors]).read().tolist() == list(map(expected, tensors))


def test_large_tensors_and_copies_of_them(device):
    tensor = torch.randn(3, 5_000_011)
    there = tensor.to(device)
    assert fingerprint(there) == expected(tensor)
    assert fingerprint(there.t()) == expected(tensor.t())


def test_triton_is_what_sums_up_on_a_gpu_of_nvidia(device):
    if device.type != "cuda":
        pytest.skip("not a GPU that CUDA runs on")
    assert _ordered._kernel_for(torch.device("cuda", 0)) is not None


def test_nobody_waits_before_reading(device):
    if device.type != "cuda":
        pytest.skip("only CUDA can tell that somebody waits")
    tensors = [torch.randn(1000, device=device) for _ in range(10)]
    fingerprint_later(tensors)  # compiles, and tries the kernel out
    torch.cuda.set_sync_debug_mode("error")
    try:
        later = fingerprint_later([*tensors, tensors[0].view(10, 100).t()])
        batch = fingerprint_batch_later((tensors[0], {"y": tensors[1]}))
        later.ready()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert later.read().tolist() == [*map(fingerprint, tensors), fingerprint(tensors[0].view(10, 100).t())]
    assert later.ready()
    assert batch.read()[0] == fingerprint_batch((tensors[0], {"y": tensors[1]}))


def test_what_happens_on_the_device_afterwards_changes_nothing(device):
    tensor = torch.randn(1_000_000, device=device)
    told = fingerprint(tensor)
    later = fingerprint_later([tensor])
    tensor.add_(1)
    assert later.read()[0] == told != fingerprint(tensor)
