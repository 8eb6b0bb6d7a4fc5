"""The networks of DeepSMOTE: every size, and the layers of the paper."""

import pytest
import torch
from torch import nn

from counterpoise.resamplers.autoencoder import LARGEST, SMALLEST, Decoder, Encoder, decoder_sizes


@pytest.mark.parametrize("size", range(SMALLEST, LARGEST + 1))
def test_networks_fit_every_size(size, networks) -> None:
    encoder, decoder = networks(channels=3, size=size)
    codes = encoder(torch.zeros(2, 3, size, size))
    assert codes.shape == (2, 6)
    assert decoder(codes).shape == (2, 3, size, size)
    first, stride, kernel = decoder_sizes(size)
    assert first <= 13
    assert stride in (1, 2)
    assert 4 <= kernel <= 7


def test_networks_of_the_paper() -> None:
    """Channels, kernels and code sizes of Dablain et al. 2022, at 28 and at 32 pixels."""
    for size, last, kernel, padding in ((28, 4, (4, 2), 1), (32, 6, (4, 1), 0)):
        encoder, decoder = Encoder(1, size, 300), Decoder(1, size, 300)
        down = [m for m in encoder.modules() if isinstance(m, nn.Conv2d)]
        assert [m.out_channels for m in down] == [64, 128, 256, 512]
        assert all(m.bias is None for m in down)
        assert (down[3].kernel_size[0], down[3].stride[0]) == kernel
        assert down[3].padding[0] == padding
        up = [m for m in decoder.modules() if isinstance(m, nn.ConvTranspose2d)]
        assert [m.out_channels for m in up] == [256, 128, 1]
        assert [m.kernel_size[0] for m in up] == [4, 4, last]
        assert decoder.layers[0].out_features == 512 * (size // 4) ** 2
