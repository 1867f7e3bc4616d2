import Synchronization

/// Counts how often each place of `0..<count` is in a range, from any thread.
final class Counters: Sendable {
  private let count: Int
  private let ranges = Mutex<[Range<Int>]>([])

  init(_ count: Int) { self.count = count }

  func add(_ range: Range<Int>) {
    if !range.isEmpty { ranges.withLock { $0.append(range) } }
  }

  var sorted: [Range<Int>] {
    ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// Whether the ranges cover every place once.
  var isOne: Bool {
    var end = 0
    for range in sorted {
      if range.lowerBound != end { return false }
      end = range.upperBound
    }
    return end == count
  }
}
