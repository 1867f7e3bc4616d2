import Foundation

/// Unicode's composed form (NFC) by the tables of Unicode 9.0, which the `tokenizers` library has:
/// a mark that is younger is to it a character like any other.
///
/// Foundation's own composition takes the lower 16 bits of a character for the whole of it and
/// needs quadratic time for runs of marks. Its decompositions of single characters are right; the
/// table of pairs follows from them.
enum CanonicalComposition {
  /// Whether a character is in composed form and stays as it is whatever stands beside it. A
  /// quick answer, which is no for some characters that do stay.
  static func isInert(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x300, 0x3400..<0xA4D0, 0xAC00..<0xD7A4: return true
    case 0x1100..<0x1200: return false
    default: break
    }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return false
    default: return !scalar.properties.isFullCompositionExclusion
    }
  }

  /// Whether nothing before a character composes with it or changes places with it.
  static func begins(_ scalar: Unicode.Scalar) -> Bool {
    if isInert(scalar) { return true }
    let first = decomposition(scalar)[0]
    return combiningClass(first) == 0 && !isSecond(first)
  }

  /// The composed form of a text that begins where nothing before it matters.
  static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    if scalars.count == 1, isInert(scalars[0]) { return scalars }
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for (scalar, itsClass) in ordered(scalars.flatMap(decomposition)) {
      // Between a starter and what composes with it stand only marks of lower classes.
      if let starter, starter == result.count - 1 || lastClass < itsClass,
        let composite = composite(result[starter], scalar)
      {
        result[starter] = composite
        continue
      }
      if itsClass == 0 { starter = result.count }
      lastClass = itsClass
      result.append(scalar)
    }
    return result
  }

  /// Every run of marks in the order of their classes, equal ones as they were.
  private static func ordered(
    _ scalars: [Unicode.Scalar]
  ) -> [(scalar: Unicode.Scalar, class: UInt8)] {
    var result = scalars.map { (scalar: $0, class: combiningClass($0)) }
    var start = 0
    while start < result.count {
      let end = result[start...].firstIndex { $0.class == 0 } ?? result.count
      if (start..<end).dropFirst().contains(where: { result[$0 - 1].class > result[$0].class }) {
        let places = (start..<end).sorted { (result[$0].class, $0) < (result[$1].class, $1) }
        result.replaceSubrange(start..<end, with: places.map { result[$0] })
      }
      start = end + 1
    }
    return result
  }

  private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.age.map { $0 <= (9, 0) } ?? false
  }

  private static func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
    let found = scalar.properties.canonicalCombiningClass.rawValue
    return found == 0 || isKnown(scalar) ? found : 0
  }

  private static func decomposition(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    if let syllable = Hangul.index(scalar) { return Hangul.decomposition(syllable) }
    if scalar.value < 0xC0 { return [scalar] }
    if !scalar.properties.isFullCompositionExclusion {
      return table.decompositions[scalar] ?? [scalar]
    }
    return isKnown(scalar) ? canonicalDecomposition(scalar) : [scalar]
  }

  private static func canonicalDecomposition(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    Array(String(Character(scalar)).decomposedStringWithCanonicalMapping.unicodeScalars)
  }

  private static func composite(
    _ first: Unicode.Scalar, _ second: Unicode.Scalar
  ) -> Unicode.Scalar? {
    Hangul.composite(first, second) ?? table.composites[Pair(first: first, second: second)]
  }

  private static func isSecond(_ scalar: Unicode.Scalar) -> Bool {
    Hangul.isVowelOrFinal(scalar) || table.seconds.contains(scalar)
  }

  private struct Pair: Hashable {
    var first: Unicode.Scalar
    var second: Unicode.Scalar
  }

  private struct Table {
    /// Of the characters that composition makes.
    var decompositions: [Unicode.Scalar: [Unicode.Scalar]] = [:]
    var composites: [Pair: Unicode.Scalar] = [:]
    /// What is the second half of some pair.
    var seconds: Set<Unicode.Scalar> = []
  }

  /// Made when first needed, in a few hundredths of a second.
  private static let table: Table = {
    var table = Table()
    var wholes: [[Unicode.Scalar]: Unicode.Scalar] = [:]
    // All characters of Unicode 9.0 that composition makes, Hangul apart, lie in these ranges.
    for value in [0xC0..<0x3100, 0x11080..<0x11600].joined() {
      guard let scalar = Unicode.Scalar(UInt32(value)), isKnown(scalar),
        !scalar.properties.isFullCompositionExclusion
      else { continue }
      let parts = canonicalDecomposition(scalar)
      if parts.count == 1 { continue }
      table.decompositions[scalar] = parts
      wholes[parts] = scalar
    }
    for (whole, parts) in table.decompositions {
      let (before, second) = (Array(parts.dropLast()), parts[parts.count - 1])
      guard let first = before.count == 1 ? before[0] : wholes[before] else { continue }
      table.composites[Pair(first: first, second: second)] = whole
      table.seconds.insert(second)
    }
    return table
  }()
}

/// Korean syllables and their letters, which Unicode orders so that arithmetic suffices.
private enum Hangul {
  static let (vowels, finals) = (21, 28)

  /// The place of a syllable among all.
  static func index(_ scalar: Unicode.Scalar) -> Int? {
    (0xAC00..<0xD7A4).contains(scalar.value) ? Int(scalar.value) - 0xAC00 : nil
  }

  static func isVowelOrFinal(_ scalar: Unicode.Scalar) -> Bool {
    (0x1161..<0x1176).contains(scalar.value) || (0x11A8..<0x11C3).contains(scalar.value)
  }

  static func decomposition(_ syllable: Int) -> [Unicode.Scalar] {
    let final = syllable % finals
    let codes = [
      0x1100 + syllable / finals / vowels, 0x1161 + syllable / finals % vowels, 0x11A7 + final,
    ]
    return codes.prefix(final == 0 ? 2 : 3).compactMap { Unicode.Scalar(UInt32($0)) }
  }

  static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    let (a, b) = (Int(first.value), Int(second.value))
    if (0x1100..<0x1113).contains(a), (0x1161..<0x1176).contains(b) {
      return Unicode.Scalar(UInt32(0xAC00 + ((a - 0x1100) * vowels + b - 0x1161) * finals))
    }
    if let syllable = index(first), syllable % finals == 0, (0x11A8..<0x11C3).contains(b) {
      return Unicode.Scalar(UInt32(a + b - 0x11A7))
    }
    return nil
  }
}
