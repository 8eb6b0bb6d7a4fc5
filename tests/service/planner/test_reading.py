"""Price lists and lists of cameras: what they say, and what is wrong with them."""

import pytest

from counterpoise.errors import ArgumentError, DataError
from counterpoise.service.planner.reading import FrameFields, priced, read_cameras, read_prices

SMALL = """
[[instance]]
name = "small"
price = 0.10
cpu = 2
memory = 4
network = 500
"""


def test_a_price_list_leaves_its_headroom_free(tmp_path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(SMALL)
    (instance,) = read_prices(path).instances
    assert instance.capacity == pytest.approx((1.8, 3.3, 0.0, 450.0))
    path.write_text("headroom = 0.0\nserver_memory = 1.0\n" + SMALL + "[frame]\ncpu = 0.004\n")
    found = read_prices(path)
    assert found.instances[0].capacity == pytest.approx((2.0, 3.0, 0.0, 500.0))
    assert found.frame.cpu == 0.004


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "instance: Field required"),
        ("x = [", "a price list is TOML"),
        (SMALL.replace("0.10", "-1"), "instance 1.price: Input should be greater than 0"),
        (SMALL.replace("0.10", "nan"), "instance 1.price"),
        (SMALL.replace("cpu", "cores"), "instance 1.cores: Extra inputs"),
        (SMALL + SMALL, "'small' is there twice"),
        (SMALL.replace("memory = 4", "memory = 0.2"), "'small' has 0.2 GiB; a server needs 0.3"),
    ],
)
def test_what_is_wrong_with_a_price_list_is_said(tmp_path, text, said) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(ArgumentError, match=said):
        read_prices(path)


def test_a_list_of_cameras_says_what_each_needs(tmp_path) -> None:
    path = tmp_path / "cameras.csv"
    path.write_text(
        "name,interval,url,kilobytes,is_active\n"
        "pier,4,https://x.example/1.jpg,100,true\ngate,0.5,,,\nold,1,,,false\n"
    )
    found = read_cameras(path, FrameFields(cpu=0.01, memory=1024, gpu=0.002, cpu_beside_gpu=0.001))
    assert (found.rate, found.resting) == (2.25, 1)
    pier, gate = found.streams
    assert pier.ways[0] == pytest.approx((0.0025, 1.0, 0.0, 0.2))
    assert gate.ways == (
        pytest.approx((0.02, 1.0, 0.0, 0.752)),
        pytest.approx((0.002, 1.0, 0.004, 0.752)),
    )


def test_what_is_wrong_with_a_list_is_said_row_by_row(tmp_path) -> None:
    path = tmp_path / "cameras.csv"
    path.write_text("name,interval\npier,0\n,1\ngate,\n")
    with pytest.raises(ArgumentError) as error:
        read_cameras(path, FrameFields(cpu=0.01))
    assert "3 rows cannot be read" in str(error.value)
    assert "line 2: interval: Input should be greater than 0" in str(error.value)
    assert "line 4: a camera has an interval or frames_per_second" in str(error.value)
    path.write_text("name,interval\npier,1\n")
    with pytest.raises(ArgumentError, match="nothing says what a frame costs"):
        read_cameras(path, FrameFields())
    path.write_text("name,interval,is_active\npier,1,false\n")
    with pytest.raises(ArgumentError, match="no camera that is switched on"):
        read_cameras(path, FrameFields(cpu=0.01))
    path.write_text("")
    with pytest.raises(DataError, match="empty"):
        read_cameras(path, FrameFields())
    with pytest.raises(ArgumentError, match="cannot read"):
        read_cameras(tmp_path / "none.csv", FrameFields())


def test_the_command_line_has_the_last_word() -> None:
    assert priced(FrameFields(cpu=1.0), {"cpu": 2.0}).cpu == 2.0
    assert priced(FrameFields(cpu=1.0), {"cpu": None}).cpu == 1.0
    with pytest.raises(ArgumentError, match="--cpu-per-frame is seconds, above 0; got nan"):
        priced(FrameFields(), {"cpu": float("nan")})
