import Foundation

/// Hostile scripts that are too long to be files: name, outcome, text.
enum GrownScripts {
  static let all: [(name: String, text: String)] = [
    script(
      "interpolation-many", "E0503 4",
      "let text = fold(1..18, fn(t, _k) { t + t }, from: \"ab\")\nprint len(\""
        + String(repeating: "{text}", count: 20_000) + "\")"),
    script(
      "record-keys", "E0503 4",
      "let wide = {" + String(repeating: "k", count: 200_000) + ": 1}\n"
        + "print len(string(map(1..1000, fn(k) { [wide, k] })))"),
    script("many-parameters", "E0107 2", manyParameters),
    script("bad-characters", "E0101 2", "print 1" + String(repeating: "&!", count: 50_000)),
    script(
      "open-brackets", "E0107 2",
      "for k in 1..2 {\n" + String(repeating: "(\n", count: 60_000)
        + String(repeating: "}\n", count: 60_000)),
    script(
      "accepted-warnings", "E0201 2",
      "print missing # " + String(repeating: "ok(", count: 300_000)),
    script(
      "long-names", "E0201 2",
      (0..<4).map {
        "let n\(String(repeating: "a", count: 100_000))\($0) = \($0)\n"
          + "print m\(String(repeating: "a", count: 100_000))\($0)"
      }.joined(separator: "\n")),
  ]

  private static var manyParameters: String {
    let names = (0..<50_000).map { "p\($0)" }
    let arguments = names.prefix(20_000).map { "\($0): 1" }
    return "fn wide(\(names.joined(separator: ", "))) { p0 }\n"
      + "print wide(\(arguments.joined(separator: ", ")))"
  }

  private static func script(
    _ name: String, _ outcome: String, _ body: String
  ) -> (name: String, text: String) {
    (name, "me 1\n# outcome: \(outcome)\n\(body)\n")
  }
}
