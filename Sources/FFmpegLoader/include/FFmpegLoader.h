/// FFmpeg's functions, bound when the first of them is called.
///
/// FFmpeg brings more than a hundred shared libraries with it, whose loading takes longer than all
/// else that the prompt does before it appears. This module defines the functions that `VideoIO`
/// calls, each as a jump through a table; the first call of one loads its library and fills its
/// place in the table. Nothing is declared here: callers use FFmpeg's own headers.
#pragma once
