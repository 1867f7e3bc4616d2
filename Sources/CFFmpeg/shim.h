#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/cpu.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// Swift sees functions and plain constants, but neither function-like macros nor constants made
// of casts. Each function here stands for one such macro.

/// `AVERROR(code)`: an errno value as FFmpeg returns it.
static inline int CFFmpeg_AVERROR(int code) { return AVERROR(code); }

/// `AVERROR_EOF`: the end of a file or of a decoder's frames.
static inline int CFFmpeg_AVERROR_EOF(void) { return AVERROR_EOF; }

/// `AVERROR_INVALIDDATA`: what a decoder says of bytes that it cannot make sense of.
static inline int CFFmpeg_AVERROR_INVALIDDATA(void) { return AVERROR_INVALIDDATA; }

/// `AV_NOPTS_VALUE`: the time stamp of a frame or packet that has none.
static inline int64_t CFFmpeg_AV_NOPTS_VALUE(void) { return AV_NOPTS_VALUE; }
