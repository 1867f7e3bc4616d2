import Foundation
import Synchronization

/// Places at which tests kill the program, as a power cut would.
///
/// `MEREPL_TEST_KILL="journal 2"` ends the process with SIGKILL the second time that it comes to a
/// place called `journal`; `any` counts every place. It is read once; without it a place costs one
/// comparison and nothing can be triggered from a script.
public enum FaultPoint: String, Sendable {
  /// A temporary file has been made and holds nothing.
  case created
  /// Half of the bytes of a file or of a journal line have been written.
  case halfWritten
  /// All bytes have been written; the disk may not have them.
  case written
  /// The disk has the bytes, the name still shows the old ones.
  case rename
  /// The name shows the new bytes.
  case renamed
  /// A line of the journal is about to be appended.
  case journal
  /// The line is on disk, the files that it names are not in place.
  case journalled
  /// A part of a result that comes in parts is about to be computed.
  case part
  /// A training step is about to begin.
  case step
  /// Gradients are there, the parameters are not updated.
  case insideStep

  private static let armed: (place: String, count: Int)? = {
    let text = ProcessInfo.processInfo.environment["MEREPL_TEST_KILL"] ?? ""
    let words = text.split(separator: " ")
    guard words.count == 2, let count = Int(words[1]), count > 0 else { return nil }
    return (String(words[0]), count)
  }()
  private static let passed = Atomic<Int>(0)

  /// Whether some place ends the process; writers then write in two parts.
  static var isArmed: Bool { armed != nil }

  /// Says that the program has come here.
  public func reached() {
    guard let armed = Self.armed, armed.place == "any" || armed.place == rawValue else { return }
    if Self.passed.wrappingAdd(1, ordering: .relaxed).newValue == armed.count {
      kill(getpid(), SIGKILL)
      pause()
    }
  }
}
