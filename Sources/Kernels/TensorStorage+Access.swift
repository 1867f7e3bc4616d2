/// What modules above do with memory: they see spans and single elements, and no pointers.
extension TensorStorage {
  /// Memory for `count` BF16 numbers, undefined until written.
  public convenience init(halves count: Int) { self.init(uninitialized: (count + 1) / 2) }

  /// Calls `body` with the elements as float32.
  public func withSpan<Result>(_ body: (Span<Float>) throws -> Result) rethrows -> Result {
    try body(UnsafeBufferPointer(start: pointer, count: count).span)
  }

  /// Lets `body` write the elements. For the maker of this storage alone, before anyone else has
  /// it, or its sole owner.
  public func withMutableSpan<Result>(
    _ body: (inout MutableSpan<Float>) throws -> Result
  ) rethrows -> Result {
    var span = UnsafeMutableBufferPointer(start: pointer, count: count).mutableSpan
    return try body(&span)
  }

  /// Lets `body` write some of the elements, which it counts from 0.
  public func withMutableSpan<Result>(
    of range: Range<Int>, _ body: (inout MutableSpan<Float>) throws -> Result
  ) rethrows -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
    let start = pointer + range.lowerBound
    var span = UnsafeMutableBufferPointer(start: start, count: range.count).mutableSpan
    return try body(&span)
  }

  /// One element as float32.
  public subscript(index: Int) -> Float {
    precondition(index >= 0 && index < count, "element \(index) of \(count)")
    return pointer[index]
  }

  /// A copy of all elements as float32.
  public var values: [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let out = buffer.baseAddress { widen(0..<count, into: out) }
      filled = count
    }
  }

  /// Whether the elements lie at these bytes, and not in a copy of them.
  public func borrows(_ start: UnsafeRawPointer?) -> Bool { UnsafeRawPointer(bytes) == start }

  public var allFinite: Bool {
    let x = pointer
    for i in 0..<count where !x[i].isFinite { return false }
    return true
  }

  /// Sets all elements.
  public func fill(_ value: Float) { pointer.update(repeating: value, count: count) }

  /// Sets some elements.
  public func fill(_ range: Range<Int>, _ value: Float) {
    (pointer + range.lowerBound).update(repeating: value, count: range.count)
  }

  /// Takes the first elements from an array.
  public func copy(_ values: [Float]) {
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: values.count) }
    }
  }

  /// Takes the first elements from a span, from element `start` on.
  public func copy(_ values: Span<Float>, at start: Int) {
    precondition(
      start >= 0 && start + values.count <= count, "\(values.count) at \(start) of \(count)")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress {
        (pointer + start).update(from: base, count: source.count)
      }
    }
  }

  /// Writes some elements as float32 into other memory, from its element `start` on.
  public func widen(_ range: Range<Int>, into out: TensorStorage, at start: Int) {
    widen(range, into: out.pointer + start)
  }

  /// Rows of `width` elements by index, as float32.
  public func widenRows(_ indices: [Int], width: Int, into out: TensorStorage) {
    let target = out.pointer
    for (i, row) in indices.enumerated() {
      widen(row * width..<(row + 1) * width, into: target + i * width)
    }
  }
}
