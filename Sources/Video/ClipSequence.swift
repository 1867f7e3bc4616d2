import Ranks

/// One value for each clip of a dataset, made or read when somebody asks for it. However long the
/// dataset is, only the values in use take memory.
public struct ClipSequence<Part: Sendable>: Sendable {
  public let count: Int
  private let part: @Sendable (_ clip: Int) throws -> Part

  /// - Parameter part: the value of a clip, `0..<count`, the same whenever and on whichever thread
  ///   it is asked for
  public init(count: Int, _ part: @escaping @Sendable (_ clip: Int) throws -> Part) {
    self.count = count
    self.part = part
  }

  public init(_ parts: [Part]) {
    self.init(count: parts.count) { parts[$0] }
  }

  public subscript(clip: Int) -> Part {
    get throws {
      precondition(clip >= 0 && clip < count, "clip \(clip) of \(count)")
      return try part(clip)
    }
  }

  /// Another value of each clip, made from this one when it is asked for.
  public func mapped<Other: Sendable>(
    _ change: @escaping @Sendable (_ clip: Int, _ part: Part) throws -> Other
  ) -> ClipSequence<Other> {
    ClipSequence<Other>(count: count) { try change($0, part($0)) }
  }

  /// The values of some clips in the order given.
  public func selecting(_ clips: [Int]) -> ClipSequence<Part> {
    ClipSequence(count: clips.count) { try part(clips[$0]) }
  }

  /// Values that are made in parallel before they are handed on in order.
  private static var stretch: Int { 32 }

  /// Calls `body` with the value of each clip in order, one at a time.
  public func visit(_ body: (_ clip: Int, _ part: Part) throws -> Void) throws {
    for first in stride(from: 0, to: count, by: Self.stretch) {
      let clips = first..<min(count, first + Self.stretch)
      let parts = try Workers.map(clips.count) { try part(first + $0) }
      for (clip, part) in zip(clips, parts) { try body(clip, part) }
    }
  }
}
