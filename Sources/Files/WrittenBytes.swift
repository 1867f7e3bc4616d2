import Synchronization

/// What this process has written into files that scripts ask for: their sum has a limit, for a
/// loop that writes small files fills a disk as well as one large file.
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
    case .sum: "the run writes more than \(bytes >> 20) MiB into files (limit writtenBytes)"
    case .file: "a file grows larger than the system allows this process (limit RLIMIT_FSIZE)"
    }
  }
}
