/// A set of byte strings, each with a value, that answers which of them begin at a place.
///
/// The edges of node `n` are `edgeStart[n] ..< edgeStart[n + 1]`, sorted by byte; the child at
/// the end of edge `e` is node `e + 1`, since nodes are numbered level by level.
struct ByteTrie: Sendable {
  private var edgeStart: [Int32] = []
  private var labels: [UInt8] = []
  /// The value of each node, or -1 for a node that only leads further.
  private var values: [Int32] = []

  /// - Parameter keys: distinct and not empty; of equal keys the last one's value stays.
  init(_ keys: [(bytes: [UInt8], value: Int)]) {
    let sorted = keys.enumerated().sorted { left, right in
      if left.element.bytes == right.element.bytes { return left.offset < right.offset }
      return left.element.bytes.lexicographicallyPrecedes(right.element.bytes)
    }.map(\.element)
    // Each node stands for the keys of a range that share their first `depth` bytes.
    var level = [sorted.indices]
    var depth = 0
    while !level.isEmpty {
      var next: [Range<Int>] = []
      for range in level {
        var position = range.lowerBound
        var value: Int32 = -1
        while position < range.upperBound, sorted[position].bytes.count == depth {
          value = Int32(sorted[position].value)
          position += 1
        }
        values.append(value)
        edgeStart.append(Int32(labels.count))
        while position < range.upperBound {
          let label = sorted[position].bytes[depth]
          let first = position
          while position < range.upperBound, sorted[position].bytes[depth] == label {
            position += 1
          }
          labels.append(label)
          next.append(first..<position)
        }
      }
      level = next
      depth += 1
    }
    edgeStart.append(Int32(labels.count))
  }

  /// Calls `body` with the length and the value of every key that begins at `start`, shortest
  /// first.
  @inline(__always)
  func forEachPrefix(
    _ bytes: Span<UInt8>, from start: Int, _ body: (Int, Int) -> Void
  ) {
    var node = 0
    var position = start
    while position < bytes.count, let child = child(of: node, bytes[position]) {
      node = child
      position += 1
      if values[node] >= 0 { body(position - start, Int(values[node])) }
    }
  }

  /// The longest key that begins at `start`.
  func longestPrefix(
    _ bytes: Span<UInt8>, from start: Int
  ) -> (length: Int, value: Int)? {
    var result: (Int, Int)?
    forEachPrefix(bytes, from: start) { result = ($0, $1) }
    return result
  }

  private func child(of node: Int, _ byte: UInt8) -> Int? {
    var low = Int(edgeStart[node])
    var high = Int(edgeStart[node + 1])
    while low < high {
      let middle = (low + high) / 2
      if labels[middle] == byte { return middle + 1 }
      if labels[middle] < byte { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}
