"""H.264, H.265 and AAC as the engine needs to understand them, without decoding anything.

What needs libav for that is in `codecs.init`: most processes read footage and never load it.
"""

from pantau.media.codecs.aac import (
    SAMPLES_PER_FRAME,
    adts_frame,
    audio_config,
    audio_track,
    parse_audio_config,
    split_adts,
)
from pantau.media.codecs.nals import (
    VideoCodec,
    annexb_to_nals,
    is_keyframe,
    is_parameter_set,
    is_slice,
    nal_type,
    nals_to_annexb,
    nals_to_sample,
    ordered_parameter_sets,
    sample_to_annexb,
    sample_to_nals,
)
from pantau.media.codecs.sps import VideoParameters
from pantau.media.codecs.video import (
    codec_string,
    codec_strings,
    parameter_sets_from_extradata,
    video_parameters,
    video_track,
)

__all__ = [
    "SAMPLES_PER_FRAME",
    "VideoCodec",
    "VideoParameters",
    "adts_frame",
    "annexb_to_nals",
    "audio_config",
    "audio_track",
    "codec_string",
    "codec_strings",
    "is_keyframe",
    "is_parameter_set",
    "is_slice",
    "nal_type",
    "nals_to_annexb",
    "nals_to_sample",
    "ordered_parameter_sets",
    "parameter_sets_from_extradata",
    "parse_audio_config",
    "sample_to_annexb",
    "sample_to_nals",
    "split_adts",
    "video_parameters",
    "video_track",
]
