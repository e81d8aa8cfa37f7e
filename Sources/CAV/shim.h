#pragma once
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
