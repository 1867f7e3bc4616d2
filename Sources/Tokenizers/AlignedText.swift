/// Text on its way to the model, with the place in the original text each byte comes from.
struct AlignedText: Sendable {
  private(set) var bytes: [UInt8] = []
  private var starts: [Int] = []
  private var ends: [Int] = []

  init() {}

  /// Bytes that are their own origin.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    starts = Array(bytes.indices)
    ends = bytes.indices.map { $0 + 1 }
  }

  /// A piece of the original text as it is.
  init(_ text: [UInt8], range: Range<Int>) {
    bytes = Array(text[range])
    starts = Array(range)
    ends = range.map { $0 + 1 }
  }

  var isEmpty: Bool { bytes.isEmpty }
  var count: Int { bytes.count }

  /// Appends bytes that all come from `origin`.
  mutating func append(_ new: some Collection<UInt8>, from origin: Range<Int>) {
    bytes.append(contentsOf: new)
    starts.append(contentsOf: repeatElement(origin.lowerBound, count: new.count))
    ends.append(contentsOf: repeatElement(origin.upperBound, count: new.count))
  }

  /// Appends a part of another text with its origins.
  mutating func append(_ other: AlignedText, _ range: Range<Int>) {
    bytes.append(contentsOf: other.bytes[range])
    starts.append(contentsOf: other.starts[range])
    ends.append(contentsOf: other.ends[range])
  }

  /// A part with its origins.
  func slice(_ range: Range<Int>) -> AlignedText {
    var part = AlignedText()
    part.append(self, range)
    return part
  }

  /// This text with a byte before it that comes from nowhere, unless it begins with that byte.
  func beginning(with byte: UInt8) -> AlignedText {
    if isEmpty || bytes[0] == byte { return self }
    var result = AlignedText()
    let start = origin(0..<0)
    result.append([byte], from: start)
    result.append(self, 0..<count)
    return result
  }

  /// Drops bytes at the end.
  mutating func removeLast(_ count: Int) {
    bytes.removeLast(count)
    starts.removeLast(count)
    ends.removeLast(count)
  }

  /// Where the bytes of a range come from. The part of a character that is stored as several
  /// bytes with an origin of their own covers just those bytes.
  func origin(_ range: Range<Int>) -> Range<Int> {
    guard !range.isEmpty else {
      let place = range.lowerBound < count ? starts[range.lowerBound] : ends.last ?? 0
      return place..<place
    }
    var low = starts[range.lowerBound]
    var high = ends[range.lowerBound]
    for i in range.dropFirst() {
      low = min(low, starts[i])
      high = max(high, ends[i])
    }
    return low..<high
  }

  /// This text in Unicode's composed form (NFC).
  func composed() -> AlignedText {
    // Every character below U+0300, whose UTF-8 begins below 0xCC, is in composed form.
    if bytes.allSatisfy({ $0 < 0xCC }) { return self }
    let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
    if scalars.allSatisfy(CanonicalComposition.isInert) { return self }
    var result = AlignedText()
    var segment: [Unicode.Scalar] = []
    var start = 0
    func close(at end: Int) {
      let new = CanonicalComposition.composed(segment)
      // What stays as it is keeps its place.
      let kept = zip(new, segment).prefix { $0 == $1 }.count
      let middle = segment.prefix(kept).reduce(start) { $0 + UTF8.width($1) }
      result.append(self, start..<middle)
      if kept < new.count {
        let rest = String(String.UnicodeScalarView(new.dropFirst(kept)))
        result.append(Array(rest.utf8), from: origin(middle..<end))
      }
      segment.removeAll(keepingCapacity: true)
      start = end
    }
    var position = 0
    for scalar in scalars {
      if CanonicalComposition.begins(scalar) { close(at: position) }
      segment.append(scalar)
      position += UTF8.width(scalar)
    }
    close(at: position)
    return result
  }
}
