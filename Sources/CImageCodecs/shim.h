#pragma once
#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <zlib.h>
#include <zstd.h>
