"""Devices that are asked for and not there."""

import pytest
import torch

from counterpoise.errors import ArgumentError, DeviceError
from counterpoise.train.device import fabric, resolve


def test_cpu_is_always_there() -> None:
    assert resolve("cpu") == "cpu"
    assert fabric("cpu").device == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_a_missing_gpu_is_an_error_that_says_how_many_there_are() -> None:
    with pytest.raises(DeviceError, match=r"'cuda' was asked for; .* sees 0 CUDA devices"):
        resolve("cuda")
    assert resolve("auto") == "cpu"


@pytest.mark.parametrize("word", ["gpu", "cuda:x", "cpu:a", ""])
def test_another_word_is_an_error(word: str) -> None:
    with pytest.raises(ArgumentError, match="auto, cpu, cuda"):
        resolve(word)


def test_an_unknown_precision_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="bf16-mixed"):
        fabric("cpu", "8-bit")
