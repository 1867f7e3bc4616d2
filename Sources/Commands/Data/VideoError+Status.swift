import ScriptInterpreter
import VideoIO

/// A video that is missing or damaged ends the program like any other input.
extension VideoError: ExitCoded {}
