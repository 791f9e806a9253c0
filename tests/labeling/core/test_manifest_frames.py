"""Manifests that say which frame of which sequence an asset is."""

import pytest

from labeling.core.ingesting import Link, Reference
from labeling.core.manifests import ManifestFault, read_csv_line, read_json_line


def test_a_line_states_its_sequence_and_frame_in_either_form() -> None:
    header = ["external_id", "sequence", "frame"]
    assert read_csv_line(b"a.jpg,clip one,12", header) == Reference("a.jpg", None, None, "clip one", 12)
    assert read_csv_line(b"a.jpg,,", header) == Reference("a.jpg", None, None)
    line = b'{"url": "https://x.example/a.jpg", "sequence": "clip", "frame": 0}'
    assert read_json_line(line) == Link("https://x.example/a.jpg", "https://x.example/a.jpg", "clip", 0)


@pytest.mark.parametrize(
    "stated", ['"frame": -1', '"frame": 1.5', '"frame": true', '"frame": 3000000000', '"sequence": 5']
)
def test_what_is_no_frame_is_refused(stated: str) -> None:
    with pytest.raises(ManifestFault):
        read_json_line(f'{{"external_id": "a", {stated}}}'.encode())
