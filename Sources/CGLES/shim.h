#pragma once
#define EGL_EGLEXT_PROTOTYPES 0
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>
#include <GLES2/gl2ext.h>

// Cast macros do not cross into Swift; these do.
static inline EGLDisplay avatarium_egl_no_display(void) { return EGL_NO_DISPLAY; }
static inline EGLContext avatarium_egl_no_context(void) { return EGL_NO_CONTEXT; }
static inline EGLSurface avatarium_egl_no_surface(void) { return EGL_NO_SURFACE; }
static inline EGLNativeDisplayType avatarium_egl_default_display(void) { return EGL_DEFAULT_DISPLAY; }
