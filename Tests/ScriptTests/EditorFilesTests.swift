import Foundation
import ScriptSyntax
import Testing

/// The grammars for editors know the words and signs of the lexer, no more and no fewer.
@Suite struct EditorFilesTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("editors")

  private func read(_ name: String) throws -> String {
    try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
  }

  /// The words after each mark up to its end.
  private func words(_ text: String, after mark: String, until end: String) throws -> [String] {
    let start = try #require(text.range(of: mark), "no \(mark)")
    let stop = try #require(text.range(of: end, range: start.upperBound..<text.endIndex))
    let letters = CharacterSet.letters.inverted
    return text[start.upperBound..<stop.lowerBound].components(separatedBy: letters)
      .filter { !$0.isEmpty }
  }

  private func expectAll(_ found: [String]) {
    #expect(found.sorted() == ScriptWords.all.sorted())
  }

  @Test func visualStudioCode() throws {
    let text = try read("vscode/syntaxes/me.tmLanguage.json")
    let grammar = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let rules = try #require(grammar["repository"] as? [String: [String: Any]])
    var found: [String] = []
    for name in ["keyword", "constant", "statement", "clause"] {
      let pattern = try #require(rules[name]?["match"] as? String)
      found += try words(
        pattern.replacingOccurrences(of: "(?:", with: ""), after: "(", until: ")\\b"
      )
      .filter { $0 != "b" && $0 != "s" }
    }
    expectAll(found)
    let operators = try #require(rules["operator"]?["match"] as? String)
    let bar = "\u{1}"
    var signs = operators.replacingOccurrences(of: "\\|", with: bar).split(separator: "|").map {
      $0.replacingOccurrences(of: bar, with: "|").replacingOccurrences(of: "\\", with: "")
    }
    // The last alternative is a class of single signs.
    let last = signs.popLast()
    let single = try #require(last)
    signs += single.dropFirst().dropLast().map { String($0) }
    #expect(signs.sorted() == ScriptWords.signs.filter { !"(){}[],:;.".contains($0) }.sorted())
    for name in ["vscode/package.json", "vscode/language-configuration.json"] {
      #expect(throws: Never.self) {
        try JSONSerialization.jsonObject(with: Data(try read(name).utf8))
      }
    }
  }

  @Test func vim() throws {
    let text = try read("vim/syntax/me.vim")
    var found: [String] = []
    for group in ["meKeyword", "meOperatorWord", "meConstant"] {
      found += try words(text, after: "syntax keyword \(group) ", until: "\n")
    }
    found += try words(text, after: "meStatement \"\\%(^\\|[;{]\\)\\s*\\zs\\%(", until: "\\)\\>")
    found += try words(text, after: "meClause \"\\<\\%(", until: "\\)\\>")
    expectAll(found)
    #expect(try read("vim/ftdetect/me.vim").contains("*.me"))
  }

  @Test func emacs() throws {
    let text = try read("emacs/me-mode.el")
    expectAll(
      try ["keywords", "constants", "statements", "clauses"].flatMap {
        try words(text, after: "me-mode-\($0) '(", until: ")")
      })
  }
}
