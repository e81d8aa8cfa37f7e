#pragma once
#include <stdbool.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/cpu.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// Cast and function-like macros do not cross into Swift; these do.
static inline int avatarium_averror(int e) { return AVERROR(e); }
static inline int avatarium_averror_eof(void) { return AVERROR_EOF; }
static inline int avatarium_averror_exit(void) { return AVERROR_EXIT; }
static inline int avatarium_averror_invaliddata(void) { return AVERROR_INVALIDDATA; }
static inline int64_t avatarium_nopts(void) { return AV_NOPTS_VALUE; }

// The sample format that a coder prefers, AV_SAMPLE_FMT_NONE where it names none. FFmpeg 7.1 deprecates the field for the function.
static inline enum AVSampleFormat avatarium_preferred_sample_format(const AVCodec *codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void *formats = NULL;
  if (avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_SAMPLE_FORMAT, 0, &formats, NULL) < 0 || !formats)
    return AV_SAMPLE_FMT_NONE;
  return *(const enum AVSampleFormat *)formats;
#else
  return codec->sample_fmts ? codec->sample_fmts[0] : AV_SAMPLE_FMT_NONE;
#endif
}

// Whether libavformat's writer of Matroska makes room for a coder's delay itself (from FFmpeg 6.0 on). It says that delay in
// any case, and players subtract it from the times of packets.
static inline bool avatarium_matroska_adds_delay(void) { return LIBAVFORMAT_VERSION_MAJOR >= 60; }
