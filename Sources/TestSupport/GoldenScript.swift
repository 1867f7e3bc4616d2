import Foundation

/// A script with what its comments expect.
///
/// `# expect: text` a line of output, in order; `# expect error: E0201` an error on this line, or
/// anywhere when the comment stands alone; `# expect error: E0201 7-12 unknown name` the same in
/// these columns (the second is the first one after it), with a message that begins so;
/// `# expect warning: W0602` likewise; `# set name=value` sets a parameter; `# limit steps=100` a
/// limit; `# exit: 4` the exit code. A comment that stands alone speaks of another line with
/// `# expect error: E0104 1:1-8 a script`.
public struct GoldenScript: Sendable, CustomStringConvertible {
  public let name: String
  public let text: String
  /// Where the files lie that it includes.
  public let folder: URL

  public init(name: String, text: String, folder: URL) {
    self.name = name
    self.text = text
    self.folder = folder
  }

  public var description: String { name }

  /// An error or a warning.
  public struct Problem: Equatable, Sendable {
    public let code: String
    public let line: Int?

    public init(code: String, line: Int?) {
      self.code = code
      self.line = line
    }
  }

  public var output: [String] { comments("# expect: ").map(\.text) }

  public var problems: [Problem] {
    expectations.map { Problem(code: String($0.text.prefix { $0 != " " }), line: $0.line) }
  }

  /// `E0201 3:7-12 unknown name`, of those that say so much.
  public var details: [String] {
    expectations.compactMap { comment in
      let parts = comment.text.split(separator: " ", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      return "\(parts[0]) \(comment.line.map { "\($0):" } ?? "")\(parts[1])"
    }
  }

  public var exitCode: Int32? { comments("# exit: ").first.flatMap { Int32($0.text) } }
  public var settings: [(name: String, value: String)] { pairs("# set ") }
  public var limits: [(name: String, value: String)] { pairs("# limit ") }

  private var expectations: [(text: String, line: Int?)] {
    comments("# expect error: ") + comments("# expect warning: ")
  }

  private func pairs(_ mark: String) -> [(name: String, value: String)] {
    comments(mark).compactMap { comment in
      let parts = comment.text.split(separator: "=", maxSplits: 1).map(String.init)
      return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
  }

  /// The comments with a mark; the line is nil for a comment that stands alone.
  private func comments(_ mark: String) -> [(text: String, line: Int?)] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
      index, line in
      guard let range = line.range(of: mark) else { return nil }
      let isAlone = line[..<range.lowerBound].allSatisfy { $0 == " " }
      return (String(line[range.upperBound...]), isAlone ? nil : index + 1)
    }
  }

  /// The scripts below a folder, those in `included` aside.
  public static func all(in folder: URL) -> [GoldenScript] {
    let walker = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let files = (walker?.allObjects ?? []).compactMap { $0 as? URL }
    return files.filter { $0.pathExtension == "me" && !$0.path.contains("/included/") }
      .sorted { $0.path < $1.path }
      .map { url in
        GoldenScript(
          name: String(url.path.dropFirst(folder.path.count + 1)),
          text: (try? String(contentsOf: url, encoding: .utf8)) ?? "", folder: folder)
      }
  }
}
