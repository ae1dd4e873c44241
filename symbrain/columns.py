"""The registry of every table and column: one source for files, dictionaries, ``Score`` and documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "number", "integer", "boolean"]


@dataclass(frozen=True)
class Column:
    """A column: its name, what it holds, its unit, and which way is worse."""

    name: str
    kind: Kind
    description: str
    unit: str = ""
    worse: Literal["", "higher", "lower", "far from 0"] = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False  # a table that people fill in may lack it

    def to_dict(self) -> dict[str, Any]:
        """Return the BIDS data dictionary entry."""
        entry: dict[str, Any] = {"Description": self.description}
        if self.unit:
            entry["Units"] = self.unit
        if self.levels:
            entry["Levels"] = dict(self.levels)
        if self.worse:
            entry["Worse"] = self.worse
        return entry


_PARTICIPANT = Column("participant_id", "text", "Participant, with the prefix sub-.")
_SESSION = Column("session_id", "text", "Session, with the prefix ses-; n/a where the dataset has no sessions.")
_SCAN = Column("scan_id", "text", "File name of the scan without .nii[.gz]; it carries the contrast.")
_MODALITY = Column("modality", "text", "Contrast of the scan.", levels={"T2w": "T2-weighted", "T1w": "T1-weighted"})
_PATH = Column("path", "text", "The scan's file, relative to the dataset, with / between folders.")
_AGE = Column("scan_age_weeks", "number", "Post-menstrual age at the scan.", "weeks")
_SPLIT = Column(
    "split",
    "text",
    "Part of the cohort, drawn by family from the seed: siblings and sessions stay together.",
    levels={
        "train": "models and norms may learn from it",
        "val": "stops the training",
        "test": "no model learns from it",
        "external": "not part of the cohort that norms and models come from",
    },
)
_FOLD = Column("fold", "integer", "Cross-validation fold, drawn by family.")
_REASON = Column("reason", "text", "Why not, in a sentence with the remedy.")
_SCORE_UNIT = "SD of normal scans at each place (of the scan's own mirror differences for mirror_difference)"
_CENTER = "centre of the hottest piece of the worst millilitre on asymmetry_side, in the scan's world (RAS+)"
_SIDES = {"left": "the subject's left", "right": "the subject's right", "none": "no side stands out"}

SCANS = (
    _PARTICIPANT,
    _SESSION,
    _SCAN,
    _MODALITY,
    _PATH,
    Column("mask_path", "text", "Brain mask on the scan's grid, relative to the dataset."),
    Column("labels_path", "text", "DrawEM labels on the scan's grid, relative to the dataset."),
    _AGE,
    Column("birth_age_weeks", "number", "Gestational age at birth.", "weeks"),
    Column("sex", "text", "Sex of the infant.", levels={"female": "female", "male": "male"}),
    Column(
        "radiology_score",
        "integer",
        "The dHCP's radiology score, 1 (normal for age) to 5 (likely significance). Not an asymmetry label.",
        worse="higher",
    ),
    Column("family_id", "text", "Family: siblings share it."),
    _SPLIT,
    Column("chunk", "integer", "Portion of the work that the scan falls into, by a hash of its participant."),
    Column("usable", "boolean", "Whether the scan goes on to the next stage."),
    _REASON,
    _FOLD,
    Column("alternatives", "text", "Other versions of the same scan that were not used, separated by spaces."),
    Column(
        "maps_paths",
        "text",
        "Maps (ADC) that are judged on this scan's midline, relative to the dataset, separated by spaces.",
    ),
    Column("site", "text", "Where or on which scanner the scan was made, as the dataset's tables say.", optional=True),
)

SCORES = (
    _PARTICIPANT,
    _SESSION,
    _SCAN,
    _MODALITY,
    _SPLIT,
    _FOLD,
    Column(
        "scored_by",
        "text",
        "How the score's model or norm relates to this scan's family.",
        levels={
            "held_out": "never saw it",
            "out_of_fold": "the copy that was fitted without its fold",
            "in_sample": "was fitted on it: too good to be true",
            "packaged": "came with the software, or was named with --weights",
        },
    ),
    _AGE,
    Column(
        "midline_angle_deg",
        "number",
        "Angle of the midline in the middle axial slice, from the posterior-anterior axis of the scan's grid "
        "towards the subject's left.",
        "degrees",
    ),
    Column(
        "midline_offset_mm",
        "number",
        "Distance of that line from the slice's centre, positive towards the subject's left.",
        "mm",
    ),
    Column(
        "midline_shift_mm",
        "number",
        "Largest departure of the traced fissure from the plane in the middle of the brain (mean over a centimetre), "
        "the median over the axial slices, positive towards the subject's right.",
        "mm",
        "far from 0",
    ),
    Column(
        "midline_agreement_deg",
        "number",
        "Angle between the image-only plane and the midline network's lines, the median over the axial slices in which "
        "it sees a midline; n/a where there is none.",
        "degrees",
        "higher",
    ),
    Column(
        "asymmetry_score",
        "number",
        "How strongly the two hemispheres differ where they differ most. Blind to symmetric disease.",
        _SCORE_UNIT,
        "higher",
    ),
    Column("asymmetry_score_low", "number", "Lower end of the 90 % interval of asymmetry_score.", _SCORE_UNIT),
    Column("asymmetry_score_high", "number", "Upper end of the 90 % interval of asymmetry_score.", _SCORE_UNIT),
    Column(
        "asymmetry_z",
        "number",
        "Deviation of asymmetry_score from the norm at this age, for sex and preterm birth where the normals tell them "
        "apart; n/a where norm_source is none, and norm_reason says why. Blind to symmetric disease.",
        "SD of normals",
        "higher",
    ),
    Column(
        "asymmetry_percentile",
        "number",
        "Percentile of asymmetry_z among normal infants; n/a where the norm is none or of phantoms.",
        "%",
        "higher",
    ),
    Column(
        "laterality_index",
        "number",
        "Which side bears the deviation, −1 (all left) to 1 (all on the subject's right).",
        "",
        "far from 0",
    ),
    Column(
        "laterality_z",
        "number",
        "Deviation of laterality_index from the directional norm.",
        "SD of normals",
        "far from 0",
    ),
    Column(
        "asymmetry_side",
        "text",
        "The side that bears the deviation.",
        levels={**_SIDES, "n/a": "not determined"},
    ),
    Column("deviation_volume_ml", "number", "Volume of the deviation on its side.", "ml", "higher"),
    Column(
        "norm_source",
        "text",
        "Where the norm comes from.",
        levels={
            "cohort": "the normal scans of this cohort",
            "phantom": "synthetic heads: ranks no infant",
            "none": "no norm: the score stands alone",
        },
    ),
    Column(
        "qc",
        "text",
        "Quality verdict; fail takes the asymmetry numbers away.",
        levels={"pass": "nothing found", "warn": "look before believing", "fail": "not to be used"},
    ),
    Column("qc_reason", "text", "What the verdict rests on, in sentences."),
    Column("symbrain_version", "text", "Version of the software."),
    Column("midline_weights_sha256", "text", "Digest of the midline network's weights; n/a where none was used."),
    Column("asymmetry_weights_sha256", "text", "Digest of the detector's weights; n/a where none was used."),
    Column("config_sha256", "text", "Digest of the configuration."),
    Column("input_sha256", "text", "Digest of the scan's file."),
    Column("midline_method", "text", "Name of the method that found the plane."),
    Column("asymmetry_method", "text", "Name of the method that gave the score."),
    Column(
        "mask_source",
        "text",
        "Where the brain mask comes from.",
        levels={
            "given": "the dataset",
            "nonzero": "the scan is skull-stripped",
            "surface": "our own surface",
        },
    ),
    Column("norm_n", "integer", "Number of normal scans behind asymmetry_z."),
    Column("plane_confidence", "number", "Confidence in the mid-sagittal plane, 0 to 1.", "", "lower"),
    Column("brain_volume_ml", "number", "Volume of the brain mask.", "ml"),
    Column("coverage", "number", "Share of the brain's border that lies inside the field of view.", "", "lower"),
    Column("noise_ratio", "number", "Noise over the brain's contrast.", "", "higher"),
    Column("motion_index", "number", "Unevenness from slice to slice over the brain's contrast.", "", "higher"),
    Column("sex", "text", "Sex of the infant.", levels={"female": "female", "male": "male"}),
    Column("radiology_score", "integer", "The dHCP's radiology score; not an asymmetry label.", worse="higher"),
    Column(
        "classical_score",
        "number",
        "The score of the classical detector (mirror_difference), which learns nothing; for comparison.",
        "SD of the scan's own mirror differences",
        "higher",
    ),
    Column(
        "classical_side",
        "text",
        "The side that bears the deviation, as the classical detector sees it.",
        levels={**_SIDES, "n/a": "not determined"},
    ),
    Column(
        "asymmetry_z_low",
        "number",
        "Lower end of the 90 % interval of asymmetry_z, from the interval of asymmetry_score and the doubt about the "
        "norm.",
        "SD of normals",
    ),
    Column("asymmetry_z_high", "number", "Upper end of the 90 % interval of asymmetry_z.", "SD of normals"),
    Column("asymmetry_percentile_low", "number", "The percentile of asymmetry_z_low.", "%"),
    Column("asymmetry_percentile_high", "number", "The percentile of asymmetry_z_high.", "%"),
    Column("deviation_x_mm", "number", f"Where the deviation is: {_CENTER}, towards the subject's right.", "mm"),
    Column("deviation_y_mm", "number", f"Where the deviation is: {_CENTER}, towards anterior.", "mm"),
    Column("deviation_z_mm", "number", f"Where the deviation is: {_CENTER}, towards superior.", "mm"),
    Column(
        "deviation_region",
        "text",
        "The structure that holds most of the deviation's worst millilitre; n/a without labels. Its side is "
        "asymmetry_side.",
    ),
    Column("norm_reason", "text", "Why there is no asymmetry_z, in a sentence; n/a where there is one."),
    Column("voxel_mm", "number", "Largest voxel edge of the scan.", "mm"),
    Column("birth_age_weeks", "number", "Gestational age at birth.", "weeks"),
    Column(
        "asymmetry_z_retest_sd",
        "number",
        "Standard deviation of asymmetry_z of an unchanged brain that is scanned again in another position, measured "
        "on normals of the cohort; n/a where there is no z.",
        "SD of normals",
    ),
    Column(
        "asymmetry_z_mdc",
        "number",
        "Minimal detectable change: a change of asymmetry_z below it cannot be told from repositioning (1.96·√2 of "
        "asymmetry_z_retest_sd).",
        "SD of normals",
    ),
)

_OF_A_SCORE = {column.name: column for column in SCORES}

MAPS = (
    _PARTICIPANT,
    _SESSION,
    _SCAN,
    Column("map", "text", "What is mapped, by its file's name: ADC."),
    Column("path", "text", "The map's file, relative to the dataset, with / between folders."),
    *(
        _OF_A_SCORE[name]
        for name in (
            "asymmetry_score", "asymmetry_score_low", "asymmetry_score_high", "laterality_index", "asymmetry_side",
            "deviation_volume_ml",
        )
    ),
    _OF_A_SCORE["asymmetry_method"],
    Column("reason", "text", "Why the map was not judged, in a sentence with the remedy."),
    _OF_A_SCORE["classical_score"],
    _OF_A_SCORE["classical_side"],
    _OF_A_SCORE["scored_by"],
    Column("coverage", "number", "Share of the scan's brain in which the map and its mirror image have values."),
    Column("input_sha256", "text", "Digest of the map's file."),
)  # fmt: skip

_PLANE = Column("plane", "text", "Orientation of the slice.", levels={"axial": "axial", "coronal": "coronal"})
_SLICE_INDEX = Column("slice_index", "integer", "Slice, counted from inferior (axial) or posterior (coronal), from 0.")

SLICE_SCORES = (
    _PARTICIPANT,
    _SESSION,
    _SCAN,
    _PLANE,
    _SLICE_INDEX,
    Column("fraction", "number", "Portion of the volume (or of the brain) that the slice was asked for."),
    Column(
        "asymmetry_score",
        "number",
        "How strongly the two sides of the slice differ where they differ most: mean of the worst square centimetre.",
        _SCORE_UNIT,
        "higher",
    ),
    _OF_A_SCORE["asymmetry_side"],
    Column("deviation_area_mm2", "number", "Area of the deviation on its side, in the slice.", "mm²", "higher"),
    _OF_A_SCORE["asymmetry_method"],
    Column(
        "network_angle_deg",
        "number",
        "Angle of the midline that the midline network finds in this slice alone, from +column towards +row; n/a where "
        "it sees none.",
        "degrees",
    ),
    Column("network_offset_mm", "number", "Distance of that line from the slice's centre, along higher rows.", "mm"),
    Column("network_angle_sd_deg", "number", "Standard deviation of network_angle_deg.", "degrees", "higher"),
    Column("network_offset_sd_mm", "number", "Standard deviation of network_offset_mm.", "mm", "higher"),
    Column("network_p_midline", "number", "Probability, by the network, that the slice shows a midline.", "", "lower"),
)

REGIONS = (
    _PARTICIPANT,
    _SESSION,
    _SCAN,
    Column("region", "text", "Structure or tissue."),
    Column("index_left", "integer", "Label of the left one; for tissues the one label of both."),
    Column("index_right", "integer", "Label of the right one; for tissues the one label of both."),
    Column("left_ml", "number", "Volume on the subject's left.", "ml"),
    Column("right_ml", "number", "Volume on the subject's right.", "ml"),
    Column("asymmetry_index", "number", "(L − R) / ((L + R) / 2) of the volumes, −2 to 2.", "", "far from 0"),
    Column(
        "asymmetry_index_z",
        "number",
        "Deviation of asymmetry_index from the norm at this age.",
        "SD of normals",
        "far from 0",
    ),
    Column("intensity_asymmetry", "number", "(L − R) / ((L + R) / 2) of the mean intensities.", "", "far from 0"),
    Column(
        "intensity_asymmetry_z",
        "number",
        "Deviation of intensity_asymmetry from the norm at this age.",
        "SD of normals",
        "far from 0",
    ),
)

REPEATABILITY = (
    Column(
        "condition",
        "text",
        "What differs between the two scores of one brain.",
        levels={
            "repositioned": "the head lies otherwise: normals of the cohort, moved by up to 1° and 1 mm, new noise",
            "T1w_T2w": "the contrast: two scans of one session",
            "repeated_run": "nothing but the run: two scans of one session and contrast",
        },
    ),
    Column("n", "integer", "Pairs of scores; with fewer than 5 no number is given."),
    Column("within_subject_sd", "number", "Standard deviation of the scores of one brain.", "see unit", "higher"),
    Column("icc", "number", "Share of the scores' variance that is between brains: ICC(1,1).", "", "lower"),
    Column(
        "minimal_detectable_change",
        "number",
        "Change that 95 % of the pairs of an unchanged brain stay below: 1.96·√2 of within_subject_sd.",
        "see unit",
        "higher",
    ),
    Column("low", "number", "Lower end of the 95 % interval of minimal_detectable_change.", "see unit"),
    Column("high", "number", "Upper end of the 95 % interval of minimal_detectable_change.", "see unit"),
    Column(
        "unit",
        "text",
        "What the numbers are of.",
        levels={
            "log": "the natural logarithm of asymmetry_score; its exponential is a factor of the score",
            "z": "asymmetry_z, in SD of normals",
        },
    ),
)

_RATIO = "ln(right / left)"

SIDES = (
    Column(
        "group",
        "text",
        "The whole cohort, or one of its sites where the dataset's tables name several; a site of fewer than 5 infants "
        "has one row.",
    ),
    Column(
        "measure",
        "text",
        "What usually differs between the sides of a newborn's brain; all of it together; or the labels' own sides.",
        levels={
            "labels against header": "whether the labels' left lies on the left of the midline plane, in each scan",
            "all measures": "the evidence of all measures together: the verdict that counts",
            "lateral_ventricle": "volume of the lateral ventricles, by labels",
            "superior_temporal_depth": "share of cortex deep within the gyri beside the superior temporal sulcus",
            "temporal_lobe": "volume of the temporal lobes, by labels",
            "parietal_lobe": "volume of the parietal lobes, by labels",
            "occipital_lobe": "volume of the occipital lobes, by labels",
            "cerebrum": "volume of the hemispheres without ventricles, by labels",
            "deep_grey_matter": "volume of thalamus and basal ganglia, by labels",
            "central_fluid": "brightest volume deep in the brain, in T2w images",
            "deep_temporal_cortex": "share of darkest tissue deep in the temporal lobes, in T2w images",
            "brain_mask": "volume of the brain mask on both sides of the midline plane",
        },
    ),
    Column(
        "n",
        "integer",
        "Infants without a known abnormality, one scan each; scans, for the labels against the header.",
    ),
    Column("mean_log_ratio", "number", f"Mean of {_RATIO}."),
    Column("low", "number", "Lower end of the 95 % interval of mean_log_ratio."),
    Column("high", "number", "Upper end of the 95 % interval of mean_log_ratio."),
    Column(
        "expected_log_ratio",
        "number",
        f"Mean of {_RATIO} by the literature's effect, with the spread of this group; n/a where the measure counts for "
        "nothing.",
    ),
    Column(
        "log_likelihood_ratio",
        "number",
        "Evidence: natural logarithm of how much more probable these brains are with sides as given than exchanged.",
        worse="lower",
    ),
    Column(
        "probability",
        "number",
        "Probability that the sides are as given, were it one half before; by this evidence alone.",
        worse="lower",
    ),
    Column(
        "verdict",
        "text",
        "What the evidence amounts to, at 999 to 1 (times the number of groups of 5 infants or more, for all "
        "measures).",
        levels={
            "agree": "the sides are as given",
            "in part": "the labels of fewer than half of the scans are on the other side",
            "cannot tell": "too little evidence either way",
            "disagree": "the sides seem exchanged",
        },
    ),
    Column("reason", "text", "What the verdict rests on; of a measure, its usual side and the source of its effect."),
)

EXCLUSIONS = (
    _PARTICIPANT,
    _SESSION,
    _SCAN,
    _PATH,
    Column("stage", "text", "Stage at which the scan dropped out."),
    _REASON,
)

ANNOTATIONS = (
    _PARTICIPANT,
    _SESSION,
    _MODALITY,
    _PLANE,
    _SLICE_INDEX,
    Column("x0", "number", "Column of the first point.", "pixels"),
    Column("y0", "number", "Row of the first point; rows run from the subject's right to the left.", "pixels"),
    Column("x1", "number", "Column of the second point.", "pixels"),
    Column("y1", "number", "Row of the second point.", "pixels"),
    Column("rater", "text", "Who drew the line."),
    Column(
        "curve",
        "text",
        "Points of a curved midline from one end to the other, the two above being its ends: column,row in pixels, "
        "separated by spaces. The column may be lacking; n/a for a straight line.",
        optional=True,
    ),
)

_FIRST = Column("first", "text", "Who drew the first line: a rater.")
_SECOND = Column(
    "second",
    "text",
    "Who drew the second: another rater, or symbrain.",
    levels={"symbrain plane": "the mid-sagittal plane", "symbrain network": "the midline network, in the slice alone"},
)

AGREEMENT = (
    _FIRST,
    _SECOND,
    Column("slices", "integer", "Slices in which both drew."),
    Column("sessions", "integer", "Sessions that these slices are of."),
    Column("angle_bias_deg", "number", "Mean difference of the angles, first less second.", "degrees", "far from 0"),
    Column("angle_low_deg", "number", "Lower 95 % limit of agreement of the angles.", "degrees"),
    Column("angle_high_deg", "number", "Upper 95 % limit of agreement of the angles.", "degrees"),
    Column(
        "offset_bias_mm",
        "number",
        "Mean distance of the first line from the second in the middle of what was drawn, positive towards the "
        "subject's left.",
        "mm",
        "far from 0",
    ),
    Column("offset_low_mm", "number", "Lower 95 % limit of agreement of the distances.", "mm"),
    Column("offset_high_mm", "number", "Upper 95 % limit of agreement of the distances.", "mm"),
)

AGREEMENT_SLICES = (
    _PARTICIPANT,
    _SESSION,
    _MODALITY,
    _PLANE,
    _SLICE_INDEX,
    _FIRST,
    _SECOND,
    Column("angle_mean_deg", "number", "Mean of both angles, from +column towards +row.", "degrees"),
    Column("angle_difference_deg", "number", "Angle of the first less that of the second.", "degrees", "far from 0"),
    Column("offset_mean_mm", "number", "Mean distance of both from the slice's centre, towards higher rows.", "mm"),
    Column(
        "offset_difference_mm",
        "number",
        "Distance of the first line from the second in the middle of what was drawn, positive towards the subject's "
        "left.",
        "mm",
        "far from 0",
    ),
)

RATINGS = (
    _PARTICIPANT,
    _SESSION,
    _SCAN,
    Column(
        "rating",
        "text",
        "What a person who looked at the scan says of it.",
        levels={"accept": "to be used", "doubtful": "look again: a warning", "reject": "not to be used: it fails"},
    ),
    Column("comment", "text", "Why, in the person's own words."),
    Column("rater", "text", "Who looked."),
)

MANIFEST = (
    _SCAN,
    Column("status", "text", "What became of the scan.", levels={"done": "written", "excluded": "see reason"}),
    _REASON,
    Column(
        "digest",
        "text",
        "Digest of everything that the result depends on; a fresh one is not computed again.",
    ),
    Column("outputs", "text", "Files written, relative to the results folder, separated by spaces."),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "scans": SCANS,
    "scores": SCORES,
    "subjects": SCORES,  # the best scan of each participant and session
    "regions": REGIONS,
    "repeatability": REPEATABILITY,
    "sides": SIDES,
    "maps": MAPS,
    "slice_scores": SLICE_SCORES,
    "exclusions": EXCLUSIONS,
    "annotations": ANNOTATIONS,
    "agreement": AGREEMENT,
    "agreement_slices": AGREEMENT_SLICES,
    "ratings": RATINGS,
    "manifest": MANIFEST,
}
