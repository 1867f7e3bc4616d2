import Foundation
import GnuplotIOStream
import Reporting
import Testing

/// Whatever a label says is drawn as it was written, and the svg is XML.
@Suite(.enabled(if: figuresCanBeDrawn, "gnuplot is not installed"))
struct FigureTextTests {
  /// Swift has no way to write them down.
  private static let noncharacters = String(
    String.UnicodeScalarView(
      ([0xFFFE, 0xFFFF, 0x1FFFE, 0xFDD0] as [UInt32]).compactMap(Unicode.Scalar.init)))

  /// Texts, and how they are drawn where that differs.
  static let texts: [(String, String?)] = [
    ("'own' text", nil), ("''", nil), ("'", nil), ("a''b'''c", nil), ("it's", nil), ("end'", nil),
    ("'\u{301} and <\u{338}b>\u{338}&\u{301}", nil), ("]]> <b>&amp; --> <![CDATA[x]]>", nil),
    ("\\n \\134 \\\\ \\", nil), ("\"a\" 'b' `ls` $(ls) @macro !ls | # {/Bold x}_a^b~c&{d}", nil),
    ("'\"a\" \\ `ls` 100% %d %%", nil), ("50 % %h 'x", nil), ("\u{301}lone mark", nil),
    ("x\(noncharacters)y", "x\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}y"),
    ("a\u{0}b\u{1B}[0mc\u{7F}d\u{85}e", "a\u{FFFD}b\u{FFFD}[0mc\u{FFFD}d\u{FFFD}e"),
    ("two\nlines\r\nmore\ttab\u{2028}", "two lines more tab "),
    ("\u{202E}reversed\u{202C} \u{200F}", nil), ("中文 हिन्दी 😀 👩\u{200D}🔬", nil),
    (String(repeating: "long 'text' ", count: 800), nil),
  ]

  /// The texts of an svg, unescaped, and whether it is well-formed.
  private func read(_ svg: String) throws -> [String] {
    let reader = TextReader()
    let parser = XMLReader(svg)
    try parser.read(reader)
    return reader.texts
  }

  private func remove(_ file: String) {
    for end in [".svg", ".png"] { try? FileManager.default.removeItem(atPath: file + end) }
  }

  @Test(arguments: texts.indices)
  func isDrawnAsWritten(_ index: Int) throws {
    let (text, changed) = Self.texts[index]
    let expected = changed ?? text
    let figure = Figure(
      rows: [
        [
          Panel(
            .curves(
              CurvePlot(
                [.init(text, [.init(1, 2), .init(2, 1)]), .init("other", [.init(1, 1)])],
                x: Axis(text, ticks: [(1, text), (2, "2")]), y: Axis(text),
                references: [.init(text, at: 1)])))
        ],
        [
          Panel(
            .bars(BarPlot(groups: [text], series: [.init(text, [.init(1)])], y: Axis(text))))
        ],
      ], title: text, columnTitles: [text], rowTitles: [text, text])
    let file = NSTemporaryDirectory() + "text-\(UUID().uuidString)"
    defer { remove(file) }
    try FigureRenderer(pngScale: 1).render(figure, svg: file + ".svg", png: file + ".png")
    let found = try read(try String(contentsOfFile: file + ".svg", encoding: .utf8))
    // The document's title, the figure's, of a column, of two rows, of the axes, of a tick, in
    // the legend twice, of a group. Bytes: other comparisons take composed letters for equal.
    let count = found.count { Array($0.utf8) == Array(expected.utf8) }
    #expect(count >= 11, "\(count) of \(found.map(\.debugDescription))")
    #expect(try Data(contentsOf: URL(filePath: file + ".png")).count > 1000)
  }

  @Test func lettersWithoutFontAreNamedWithAPackage() {
    let missing = MissingLetters(["中", "文", "字", "漢", "仮", "अ", "😀", "\u{E000}", "\u{378}"])
    let text = missing.description
    for part in [
      "中", " and 1 more (Chinese, Japanese or Korean)", "अ (Devanagari)", "😀 (emoji)",
      "U+E000 (private use)", "U+378 (unassigned)",
      "apt-get install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji",
    ] { #expect(text.contains(part), "\(text)") }
    #expect(MissingLetters([]).isEmpty)
  }

  /// Nobody's font has letters that do not exist; the figure is drawn all the same, with one mark.
  @Test func aLetterWithoutFontIsReported() throws {
    let file = NSTemporaryDirectory() + "letters-\(UUID().uuidString)"
    defer { remove(file) }
    let figure = Figure(.text(StyledText("plain é \u{378}")), title: "\u{378}\u{200D}\u{FE0F}")
    let missing = try FigureRenderer().render(figure, svg: file + ".svg", png: file + ".png")
    let hasLibrary =
      dlopen("libfontconfig.so.1", RTLD_LAZY) != nil
      && FileManager.default.fileExists(atPath: "/etc/fonts/fonts.conf")
    #expect(missing.letters.contains("\u{378}") == hasLibrary)
    #expect(missing.letters.allSatisfy { $0.value > 0x80 && $0.value < 0x2000 })
    #expect(try String(contentsOfFile: file + ".svg", encoding: .utf8).contains("\u{378}"))
    let plain = Figure(.text(StyledText("plain é \u{FFFD}")), title: "\u{FFFD}\u{200D}\u{FE0F}")
    if hasLibrary {
      try FigureRenderer().render(plain, png: file + ".svg")
      #expect(FileManager.default.contentsEqual(atPath: file + ".svg", andPath: file + ".png"))
    }
  }
}

/// Gathers the texts between tags.
private final class TextReader {
  var texts: [String] = []
}

/// As much of an XML reader as tells whether gnuplot's svg is well-formed.
private struct XMLReader {
  struct Fault: Error { let what: String }

  private let scalars: [Unicode.Scalar]

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  func read(_ reader: TextReader) throws {
    var open: [String] = []
    var text = String.UnicodeScalarView()
    var at = 0
    func ends(with end: String, from start: Int) throws -> Int {
      let end = Array(end.unicodeScalars)
      var place = start
      while place + end.count <= scalars.count {
        if scalars[place..<place + end.count].elementsEqual(end) { return place + end.count }
        place += 1
      }
      throw Fault(what: "no \(end) behind \(start)")
    }
    func begins(_ text: String) -> Bool { scalars[at...].starts(with: text.unicodeScalars) }
    for scalar in scalars {
      switch scalar.value {
      case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...: break
      default: throw Fault(what: "the character \(scalar.value)")
      }
    }
    while at < scalars.count {
      if begins("<!--") {
        at = try ends(with: "-->", from: at)
      } else if begins("<![CDATA[") {
        at = try ends(with: "]]>", from: at)
      } else if begins("<") {
        let end = try ends(with: ">", from: at)
        let tag = String(String.UnicodeScalarView(scalars[at + 1..<end - 1]))
        guard !tag.unicodeScalars.contains("<") else { throw Fault(what: "< in <\(tag)>") }
        reader.texts.append(String(text))
        text = .init()
        let name = String(tag.prefix { !" \t\n/".contains($0) })
        if tag.hasPrefix("/") {
          guard open.popLast() == String(tag.dropFirst()) else { throw Fault(what: "<\(tag)>") }
        } else if !tag.hasSuffix("/"), !tag.hasPrefix("?"), !tag.hasPrefix("!") {
          open.append(name)
        }
        at = end
      } else if begins("]]>") {
        throw Fault(what: "]]>")
      } else if begins("&") {
        let end = try ends(with: ";", from: at)
        let name = String(String.UnicodeScalarView(scalars[at + 1..<end - 1]))
        guard let sign = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"][name] else {
          throw Fault(what: "&\(name);")
        }
        text.append(contentsOf: sign.unicodeScalars)
        at = end
      } else {
        text.append(scalars[at])
        at += 1
      }
    }
    guard open.isEmpty else { throw Fault(what: "open: \(open)") }
  }
}
