/// Drives gnuplot through gnuplot-iostream; a C interface, since Swift sees no C++ here.
///
/// A session is one gnuplot process without a shell, without the user's settings (`-d`), with an
/// environment of its own, and within bounds that the kernel holds it to. Commands are checked before they are sent: only `set`, `unset`,
/// `reset` and `plot` are let through, with texts in single quotes, where gnuplot expands nothing, or
/// in double quotes with nothing in them that it would expand.
/// Every function that can fail returns a status; `merepl_gnuplot_last_message` then says, for the
/// calling thread, what happened. No C++ exception leaves this module.
#pragma once

#include <stddef.h>

#include "ConfinedProcess.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct merepl_gnuplot merepl_gnuplot;

typedef enum merepl_gnuplot_status {
  MEREPL_GNUPLOT_OK = 0,
  /// gnuplot is not installed.
  MEREPL_GNUPLOT_NOT_FOUND,
  /// The process could not be started.
  MEREPL_GNUPLOT_NOT_STARTED,
  /// A command was refused by the check and not sent.
  MEREPL_GNUPLOT_REFUSED,
  /// gnuplot reported an error.
  MEREPL_GNUPLOT_FAILED,
  /// gnuplot ran past the time limit and was ended.
  MEREPL_GNUPLOT_TIMED_OUT,
  /// An error inside this module, for instance no memory.
  MEREPL_GNUPLOT_INTERNAL
} merepl_gnuplot_status;

/// Starts gnuplot.
/// - program: absolute path; NULL where it was not found
/// - seconds: time limit of the whole session
/// - bounds: what it may do; the program and its descriptors are filled in here
/// - session: receives the session; close it with `merepl_gnuplot_close`
merepl_gnuplot_status merepl_gnuplot_open(
    const char *program, double seconds, const confined_process_plan *bounds,
    merepl_gnuplot **session);

/// Sends one or more lines of commands.
merepl_gnuplot_status merepl_gnuplot_command(merepl_gnuplot *session, const char *text);

/// Sends numbers as the data block `$name`, with as many digits as a double has.
/// - values: [rows, columns]; NaN marks a missing value
merepl_gnuplot_status merepl_gnuplot_data(
    merepl_gnuplot *session, const char *name, const double *values, size_t rows, size_t columns);

/// Plots a picture into the current panel; the centre of pixel (0, 0) is at coordinates (0, 0).
/// - pixels: [height, width, 3], red, green, blue
/// - magnification: every pixel is sent as a square of this side, which keeps small pictures sharp
///   in viewers that smooth; a picture of one row or column needs 2 or more
merepl_gnuplot_status merepl_gnuplot_pixels(
    merepl_gnuplot *session, const unsigned char *pixels, size_t height, size_t width,
    size_t magnification);

/// Ends the input, waits for gnuplot, frees the session, and reports what gnuplot had to say.
merepl_gnuplot_status merepl_gnuplot_close(merepl_gnuplot *session);

/// What the last failed call of this thread had to say; valid until its next failed call.
const char *merepl_gnuplot_last_message(void);

/// Checks commands as `merepl_gnuplot_command` does, without a session.
merepl_gnuplot_status merepl_gnuplot_check(const char *text);

#ifdef __cplusplus
}
#endif
