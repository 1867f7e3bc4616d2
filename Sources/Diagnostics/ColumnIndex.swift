/// How many characters stand before every so many bytes of a text, so that the column of a place on
/// a line of a million bytes is found without reading the line.
struct ColumnIndex: Sendable {
  private static let step = 512

  /// Unicode scalars, and UTF-16 code units, before each multiple of `step`.
  private let scalars: [Int]
  private let units: [Int]

  init(_ bytes: [UInt8]) {
    var scalars: [Int] = []
    var units: [Int] = []
    scalars.reserveCapacity(bytes.count / Self.step + 1)
    units.reserveCapacity(bytes.count / Self.step + 1)
    var (scalarCount, unitCount) = (0, 0)
    for (offset, byte) in bytes.enumerated() {
      if offset % Self.step == 0 {
        scalars.append(scalarCount)
        units.append(unitCount)
      }
      if byte & 0xC0 != 0x80 { scalarCount += 1 }
      unitCount += Self.units(byte)
    }
    self.scalars = scalars
    self.units = units
  }

  /// Unicode scalars between two offsets.
  func scalars(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
    count(scalars, bytes, upTo: end) { $0 & 0xC0 == 0x80 ? 0 : 1 }
      - count(scalars, bytes, upTo: start) { $0 & 0xC0 == 0x80 ? 0 : 1 }
  }

  /// UTF-16 code units between two offsets.
  func units(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
    count(units, bytes, upTo: end, Self.units) - count(units, bytes, upTo: start, Self.units)
  }

  /// What a byte adds: the first one of a character counts for all of it.
  private static func units(_ byte: UInt8) -> Int {
    byte & 0xC0 == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1
  }

  private func count(
    _ known: [Int], _ bytes: [UInt8], upTo offset: Int, _ added: (UInt8) -> Int
  ) -> Int {
    guard offset > 0, !known.isEmpty else { return 0 }
    let block = min(offset / Self.step, known.count - 1)
    return bytes[block * Self.step..<offset].reduce(known[block]) { $0 + added($1) }
  }
}
