"""Named failures in words."""

import pytest

from counterpoise.service.runtime.failure import REASONS, DeviceError


def test_the_text_says_what_is_wrong_what_arrived_and_what_to_do() -> None:
    assert str(DeviceError("timeout")) == "it took too long"
    error = DeviceError("http", "HTTP 503", "try again", after=3.0)
    assert str(error) == "it answers with an error: HTTP 503 (try again)"
    assert (error.reason, error.detail, error.after) == ("http", "HTTP 503", 3.0)


def test_what_arrived_is_text_that_is_written_anywhere() -> None:
    error = DeviceError("protocol", "it sends \udcff")
    assert error.detail == "it sends \\udcff"
    str(error).encode()


def test_a_failure_without_a_name_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        DeviceError("some")
    assert all(text and text[0].islower() for text in REASONS.values())


def test_what_a_device_sent_is_one_line_of_characters() -> None:
    error = DeviceError("protocol", "it sends \udcff\n\x1b[31m")
    assert error.detail == "it sends \\udcff\\n\\x1b[31m"
    str(error).encode()
