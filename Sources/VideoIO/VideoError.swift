/// Why a video file could not be read or written.
///
/// The fields are data for programs; `description` is the message for people.
public struct VideoError: Error, CustomStringConvertible, Sendable, Hashable {
  /// Kinds of failure that a caller may need to distinguish.
  public enum Kind: Sendable, Hashable {
    /// No readable file at this path.
    case missing
    /// A file that FFmpeg does not recognise, or whose codec it does not have.
    case unreadable
    /// A container without a video stream, or without the one that was asked for.
    case noSuchStream
    /// A video stream of which not one frame decodes.
    case nothingDecoded
    /// More bytes of pixels than the caller allows.
    case tooLarge
    /// A file that could not be encoded, written or moved into place.
    case unwritable
  }

  public let kind: Kind
  /// The file concerned.
  public let path: String
  /// What went wrong, as a clause without full stop.
  public let reason: String
  /// What the user can do about it.
  public let remedy: String

  public init(kind: Kind, path: String, reason: String, remedy: String) {
    self.kind = kind
    self.path = path
    self.reason = reason
    self.remedy = remedy
  }

  /// Suggested status for a command that ends with this error: 5 for an input that is missing or
  /// unusable, 4 for a limit that was reached, 1 for a failed output.
  public var exitCode: Int32 {
    switch kind {
    case .missing, .unreadable, .noSuchStream, .nothingDecoded: 5
    case .tooLarge: 4
    case .unwritable: 1
    }
  }

  public var description: String {
    let verb = kind == .unwritable ? "write" : "read"
    return "cannot \(verb) video \(path): \(reason); \(remedy)"
  }
}
