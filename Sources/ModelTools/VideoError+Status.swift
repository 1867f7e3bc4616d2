import Diagnostics
import Experiments
import VideoIO

/// A video that is missing or damaged ends the program like any other input.
extension VideoError: ExitCoded {}

extension ProgressDisplay {
  /// Says what was wrong with a file that decodes all the same, in one way for every command.
  public func warn(_ report: DecodeReport) {
    if let warning = report.warning { message("warning: \(warning)") }
  }
}
