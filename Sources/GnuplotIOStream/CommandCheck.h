#pragma once

#include <string>

namespace merepl {

/// Why `text` must not reach gnuplot, or nothing when it may.
///
/// A second line of defence behind the quoting of texts: whatever a label holds, gnuplot is never
/// asked to run a program, to read a file or to write anywhere but to its declared output.
std::string reasonToRefuse(const std::string &text);

}  // namespace merepl
