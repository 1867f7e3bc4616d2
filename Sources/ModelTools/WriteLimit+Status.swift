import Diagnostics
import Files

/// A limit ends the program with 4, like every other.
extension WriteLimitReached: ExitCoded {
  public var exitCode: Int32 { 4 }
}
