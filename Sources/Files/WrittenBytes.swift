import Synchronization

/// Bytes that this process has written to files for scripts. Their sum is limited, because many
/// small files fill a disk as well as a large one.
public enum WrittenBytes {
  private static let total = Atomic<Int>(0)
  private static let limit = Atomic<Int>(.max)

  public static var most: Int {
    get { limit.load(ordering: .relaxed) }
    set { limit.store(newValue, ordering: .relaxed) }
  }

  /// Counts bytes before they are written.
  public static func add(_ count: Int) throws(WriteLimitReached) {
    let sum = total.add(count, ordering: .relaxed).newValue
    if sum > most { throw WriteLimitReached(kind: .sum, bytes: most) }
  }
}

/// More was written than a run may write.
public struct WriteLimitReached: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// All files of the run together.
    case sum
    /// One file, by a limit of the system.
    case file
  }

  public let kind: Kind
  public let bytes: Int

  public init(kind: Kind, bytes: Int = 0) {
    self.kind = kind
    self.bytes = bytes
  }

  public var description: String {
    switch kind {
    case .sum: "limit exceeded: the run writes more than \(bytes >> 20) MiB (limit writtenBytes)"
    case .file: "limit exceeded: a file is larger than this process may write (RLIMIT_FSIZE)"
    }
  }
}
