import Synchronization

/// Values remembered up to a number of bytes. What comes after that is made each time it is asked
/// for, so memory has a bound however long a dataset is.
public final class RecentValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct State {
    var values: [Key: Value] = [:]
    var bytes = 0
  }

  private let limit: Int
  private let size: @Sendable (Value) -> Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - limit: in bytes
  ///   - size: of a value in bytes
  public init(limit: Int, size: @escaping @Sendable (Value) -> Int) {
    self.limit = limit
    self.size = size
  }

  /// The value called `key`, from memory or from `make`.
  public func value(_ key: Key, make: () throws -> Value) rethrows -> Value {
    if let known = state.withLock({ $0.values[key] }) { return known }
    let value = try make()
    let bytes = size(value)
    state.withLock { state in
      guard state.values[key] == nil, state.bytes + bytes <= limit else { return }
      state.values[key] = value
      state.bytes += bytes
    }
    return value
  }
}

extension ClipSequence {
  /// The same values, each kept in memory when it was made, as far as `limit` bytes go.
  public func remembered(
    limit: Int = 256 << 20, size: @escaping @Sendable (Part) -> Int
  ) -> ClipSequence<Part> {
    let (memory, source) = (RecentValues<Int, Part>(limit: limit, size: size), self)
    return ClipSequence(count: count) { clip in
      try memory.value(clip) { try source[clip] }
    }
  }
}
