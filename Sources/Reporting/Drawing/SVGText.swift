import Foundation

/// What gnuplot's svg lacks.
enum SVGText {
  /// Makes XML of it, in which a text may hold any signs; gives it a title, bold type as an
  /// attribute, and pixels that stay sharp.
  static func polished(_ svg: Data, title: String) -> Data {
    let name = title.isEmpty ? "Figure" : escaped(GnuplotScript.clean(title))
    var text = String(decoding: withEscapedTexts([UInt8](svg)), as: UTF8.self)
    for (old, new) in [
      ("<title>Gnuplot</title>", "<title>\(name)</title>"),
      (
        "font-family=\"\(Theme.font):Bold\"",
        "font-family=\"\(Theme.font)\" font-weight=\"bold\""
      ),
      (
        "font-family=\"\(Theme.monospacedFont):Bold\"",
        "font-family=\"\(Theme.monospacedFont)\" font-weight=\"bold\""
      ),
      (
        "preserveAspectRatio='none'",
        "preserveAspectRatio='none' style='image-rendering:pixelated'"
      ),
    ] { text = text.replacingOccurrences(of: old, with: new, options: .literal) }
    return Data(text.utf8)
  }

  private static func escaped(_ text: String) -> String {
    text.replacingScalars { ["&": "&amp;", "<": "&lt;", ">": "&gt;"][$0] }
  }

  /// gnuplot escapes `&` and `<` in texts, but not the `>` of `]]>`, which XML forbids.
  private static func withEscapedTexts(_ svg: [UInt8]) -> [UInt8] {
    let (less, greater) = (UInt8(ascii: "<"), UInt8(ascii: ">"))
    var result: [UInt8] = []
    result.reserveCapacity(svg.count + 64)
    var at = 0
    while at < svg.count {
      guard svg[at] == less else {
        if svg[at] == greater { result += "&gt;".utf8 } else { result.append(svg[at]) }
        at += 1
        continue
      }
      let end = markupEnd(svg, at)
      result += svg[at..<end]
      at = end
    }
    return result
  }

  /// The end of a tag, a comment or a stretch of character data that begins at a place.
  private static func markupEnd(_ svg: [UInt8], _ start: Int) -> Int {
    for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>")]
    where svg[start...].starts(with: begin.utf8) {
      var at = start + begin.utf8.count
      while at < svg.count, !svg[at...].starts(with: end.utf8) { at += 1 }
      return min(svg.count, at + 3)
    }
    let end = svg[start...].firstIndex(of: UInt8(ascii: ">"))
    return end.map { $0 + 1 } ?? svg.count
  }
}
