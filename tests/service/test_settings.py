"""Settings come by name, by environment, and as lists with commas."""

import pytest

pytest.importorskip("pydantic_settings", reason="needs the extra serve: pydantic-settings")

from pydantic import ValidationError

from counterpoise.service.settings import PREFIX, Settings


def test_the_environment_is_read_and_a_flag_wins(monkeypatch) -> None:
    monkeypatch.setenv(f"{PREFIX}PORT", "81")
    monkeypatch.setenv(f"{PREFIX}PRIVATE_NETWORKS", "10.0.0.0/8, 192.168.1.0/24")
    assert Settings().port == 81
    assert Settings(port=82).port == 82
    assert Settings().private_networks == ("10.0.0.0/8", "192.168.1.0/24")


def test_every_setting_has_words() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    "wrong", [{"port": 70000}, {"threads": 0}, {"colour": "red"}, {"keep_minute_days": 0.5}]
)
def test_wrong_values_are_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)
