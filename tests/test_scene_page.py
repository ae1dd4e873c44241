from __future__ import annotations

from symbrain.scene_page import scene_page
from symbrain.source import Source
from symbrain.subject_page import ScanReport

SCAN = {"participant_id": "sub-01", "session_id": "ses-1", "scan_id": "sub-01_<b>_T2w"}
STILL = {"file": "still.webp", "kind": "upright", "row": "", "caption": "", "alt": "Three views."}
SOURCE = Source("a cohort", synthetic=True)


def page(*, heat: bool) -> str:
    scene = {"edge_mm": 1.5, "heat": heat, "scale_sd": [3.0, 12.0]}
    return scene_page(ScanReport(SCAN, pictures=[STILL], scene=scene), SOURCE)


def test_it_names_its_library_its_data_and_the_way_back() -> None:
    text = page(heat=True)
    for address in ("../assets/niivue/niivue.umd.js", "../assets/script/scene.js", "../sub-01_ses-1.html"):
        assert f'"{address}"' in text
    assert "sub-01_&lt;b&gt;_T2w" in text
    assert "<b>" not in text
    assert "ranks no infant" in text


def test_the_picture_is_there_without_any_script() -> None:
    text = page(heat=True)
    assert '<img src="../figures/still.webp" alt="Three views.">' in text
    assert text.index("still.webp") < text.index("<canvas")


def test_heat_has_its_slider_and_scale() -> None:
    assert "≥ 12 SD" in page(heat=True)
    assert "heat-opacity" not in page(heat=False)
