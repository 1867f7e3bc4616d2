/// Letters of a figure that no font of the system has, and what to do about it.
public struct MissingLetters: Hashable, Sendable {
  /// In order of code points; empty where all can be drawn.
  public let letters: [Unicode.Scalar]

  public init(_ letters: Set<Unicode.Scalar>) { self.letters = letters.sorted() }

  public var isEmpty: Bool { letters.isEmpty }

  /// `no installed font has 中 and 3 more (Chinese, Japanese or Korean), ...; install ...`
  public var description: String {
    var groups: [(kind: Kind, letters: [Unicode.Scalar])] = []
    for letter in letters {
      let kind = Kind(letter)
      if let place = groups.firstIndex(where: { $0.kind == kind }) {
        groups[place].letters.append(letter)
      } else {
        groups.append((kind, [letter]))
      }
    }
    let parts = groups.map { kind, letters in
      let shown = letters.prefix(4).map(Self.shown).joined(separator: " ")
      let more = letters.count > 4 ? " and \(letters.count - 4) more" : ""
      return "\(shown)\(more) (\(kind.name))"
    }
    var packages: [String] = []
    for package in groups.compactMap(\.kind.package) where !packages.contains(package) {
      packages.append(package)
    }
    let remedy =
      packages.isEmpty
      ? "" : "; install a font with: sudo apt-get install \(packages.joined(separator: " "))"
    return "no installed font has \(parts.joined(separator: ", ")); the png shows \u{FFFD} instead"
      + remedy
  }

  /// Marks, private and unassigned letters show nothing by themselves.
  private static func shown(_ letter: Unicode.Scalar) -> String {
    switch letter.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .privateUse, .unassigned, .format:
      "U+" + String(letter.value, radix: 16, uppercase: true)
    default: String(letter)
    }
  }

  /// Letters that are read together, and the Debian package whose fonts have them.
  private struct Kind: Hashable {
    let name: String
    let package: String?

    private static let core = "fonts-noto-core"
    private static let known: [(ClosedRange<UInt32>, String, String?)] = [
      (0x0530...0x058F, "Armenian", core), (0x0590...0x05FF, "Hebrew", core),
      (0x0600...0x06FF, "Arabic", core), (0x0700...0x074F, "Syriac", core),
      (0x0750...0x077F, "Arabic", core), (0x0780...0x07BF, "Thaana", core),
      (0x0900...0x097F, "Devanagari", core), (0x0980...0x09FF, "Bengali", core),
      (0x0A00...0x0A7F, "Gurmukhi", core), (0x0A80...0x0AFF, "Gujarati", core),
      (0x0B00...0x0B7F, "Oriya", core), (0x0B80...0x0BFF, "Tamil", core),
      (0x0C00...0x0C7F, "Telugu", core), (0x0C80...0x0CFF, "Kannada", core),
      (0x0D00...0x0D7F, "Malayalam", core), (0x0D80...0x0DFF, "Sinhala", core),
      (0x0E00...0x0E7F, "Thai", core), (0x0E80...0x0EFF, "Lao", core),
      (0x0F00...0x0FFF, "Tibetan", core), (0x1000...0x109F, "Burmese", core),
      (0x10A0...0x10FF, "Georgian", core), (0x1100...0x11FF, east, cjk),
      (0x1200...0x139F, "Ethiopic", core), (0x1780...0x17FF, "Khmer", core),
      (0x1800...0x18AF, "Mongolian", core), (0x2E80...0x31FF, east, cjk),
      (0x3200...0x4DBF, east, cjk), (0x4E00...0x9FFF, east, cjk),
      (0xA000...0xA4CF, "Yi", core), (0xA960...0xA97F, east, cjk),
      (0xAC00...0xD7FF, east, cjk), (0xE000...0xF8FF, "private use", nil),
      (0xF900...0xFAFF, east, cjk), (0xFB50...0xFDFF, "Arabic", core),
      (0xFE30...0xFE4F, east, cjk), (0xFE70...0xFEFF, "Arabic", core),
      (0xFF00...0xFFEF, east, cjk), (0x1AFF0...0x1B16F, east, cjk),
      (0x1F000...0x1F0FF, "symbols", "fonts-noto-core"),
      (0x1F100...0x1FAFF, "emoji", "fonts-noto-color-emoji"),
      (0x20000...0x323AF, east, cjk), (0xF0000...0x10FFFF, "private use", nil),
    ]
    private static let east = "Chinese, Japanese or Korean"
    private static let cjk = "fonts-noto-cjk"

    init(_ letter: Unicode.Scalar) {
      let found = Self.known.first { $0.0.contains(letter.value) }
      if letter.properties.generalCategory == .unassigned, found?.1 != "private use" {
        (name, package) = ("unassigned", nil)
      } else if let found {
        (name, package) = (found.1, found.2)
      } else if letter.properties.isEmojiPresentation {
        (name, package) = ("emoji", "fonts-noto-color-emoji")
      } else {
        // Old and rare scripts, and signs of mathematics and music.
        (name, package) = ("rare signs", Self.core)
      }
    }
  }
}
