/// Finds a run of bytes in linear time, however often it almost appears (Knuth, Morris and Pratt).
struct ByteSearch {
  private let part: [UInt8]
  /// For each place in `part`: how many of the bytes before it are also those it begins with.
  private let borders: [Int]

  init(_ part: [UInt8]) {
    self.part = part
    var borders = [0, 0]
    borders.reserveCapacity(part.count + 1)
    var length = 0
    for index in part.indices.dropFirst() {
      while length > 0, part[index] != part[length] { length = borders[length] }
      if part[index] == part[length] { length += 1 }
      borders.append(length)
    }
    self.borders = borders
  }

  /// Where the run first begins at or behind `start`; nil where it does not.
  func first(in whole: [UInt8], from start: Int = 0) -> Int? {
    guard !part.isEmpty else { return start <= whole.count ? start : nil }
    let whole = whole.span
    var matched = 0
    var index = start
    while index < whole.count {
      while matched > 0, whole[index] != part[matched] { matched = borders[matched] }
      if whole[index] == part[matched] { matched += 1 }
      index += 1
      if matched == part.count { return index - matched }
    }
    return nil
  }
}
