import Foundation
import Testing

/// `merepl lsp`, spoken to through its pipes.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct LanguageServerTests {
  let program: Program

  init() throws { program = try Program() }

  private static func frame(_ message: [String: Any]) -> Data {
    let body = try! JSONSerialization.data(withJSONObject: message)
    return Data("Content-Length: \(body.count)\r\n\r\n".utf8) + body
  }

  private static func request(
    _ id: Int, _ method: String, _ parameters: [String: Any] = [:]
  ) -> Data {
    frame(["jsonrpc": "2.0", "id": id, "method": method, "params": parameters])
  }

  private static func note(_ method: String, _ parameters: [String: Any] = [:]) -> Data {
    frame(["jsonrpc": "2.0", "method": method, "params": parameters])
  }

  private static let uri = "file:///work/a%20b.me"

  private static func open(_ text: String) -> Data {
    note(
      "textDocument/didOpen",
      ["textDocument": ["uri": uri, "languageId": "me", "version": 1, "text": text]])
  }

  private static func at(_ line: Int, _ character: Int) -> [String: Any] {
    [
      "textDocument": ["uri": uri],
      "position": ["line": line, "character": character],
    ]
  }

  /// Sends everything, in pieces of a number of bytes; gives the messages and the exit status.
  private func converse(
    _ messages: [Data], piece: Int = 1 << 20
  ) throws -> (replies: [[String: Any]], status: Int32) {
    let process = program.process(["lsp"])
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = messages.reduce(Data(), +)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      try input.fileHandleForWriting.write(
        contentsOf: bytes[start..<min(bytes.count, start + piece)])
      if piece < 100 { usleep(200) }
    }
    try input.fileHandleForWriting.close()
    var rest = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    var replies: [[String: Any]] = []
    while let end = rest.range(of: Data("\r\n\r\n".utf8)) {
      let header = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
      let length = try #require(Int(header.dropFirst("Content-Length: ".count)))
      let body = rest[end.upperBound..<(end.upperBound + length)]
      replies.append(
        try #require(JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]))
      rest = Data(rest[(end.upperBound + length)...])
    }
    #expect(rest.isEmpty)
    return (replies, process.terminationStatus)
  }

  private static let begin = [request(0, "initialize"), note("initialized")]
  private static let end = [request(99, "shutdown"), note("exit")]

  private func result(_ replies: [[String: Any]], _ id: Int) -> Any? {
    replies.first { $0["id"] as? Int == id }?["result"]
  }

  private func diagnostics(_ replies: [[String: Any]]) -> [[[String: Any]]] {
    replies.filter { $0["method"] as? String == "textDocument/publishDiagnostics" }.compactMap {
      ($0["params"] as? [String: Any])?["diagnostics"] as? [[String: Any]]
    }
  }

  private func place(_ range: Any?, _ end: String) -> [Int] {
    let position = (range as? [String: Any])?[end] as? [String: Any]
    return [position?["line"] as? Int ?? -1, position?["character"] as? Int ?? -1]
  }

  // MARK: Life

  @Test func endsAsTheProtocolSays() throws {
    #expect(try converse(Self.begin + Self.end).status == 0)
    #expect(try converse(Self.begin + [Self.note("exit")]).status == 1)
    #expect(try converse(Self.begin).status == 1)
    let early = try converse([Self.request(1, "textDocument/hover", Self.at(0, 0))] + Self.end)
    #expect((early.replies.first?["error"] as? [String: Any])?["code"] as? Int == -32002)
    let late = try converse(
      Self.begin + [
        Self.request(98, "shutdown"), Self.request(2, "textDocument/hover"), Self.note("exit"),
      ])
    #expect((late.replies.last?["error"] as? [String: Any])?["code"] as? Int == -32600)
    #expect(late.status == 0)
  }

  @Test func malformedMessagesAreAnsweredAndSurvived() throws {
    let broken = [
      Data("Content-Length: 5\r\n\r\n{\"a\":".utf8), Data("Content-Type: x\r\n\r\n".utf8),
      Data("Content-Length: -4\r\n\r\n".utf8), Data("Content-Length: 2\r\n\r\n[]".utf8),
      Self.request(5, "textDocument/frobnicate"), Self.request(6, "textDocument/hover"),
      Self.note("$/unknown"),
    ]
    let outcome = try converse(Self.begin + broken + Self.end)
    let codes = outcome.replies.compactMap { ($0["error"] as? [String: Any])?["code"] as? Int }
    #expect(codes == [-32700, -32700, -32700, -32600, -32601, -32602])
    #expect(outcome.status == 0)
  }

  @Test(arguments: [1, 7, 64])
  func piecesMayEndAnywhere(size: Int) throws {
    let outcome = try converse(
      Self.begin + [Self.open("me 1\nprint(lenn([1]))\n")] + Self.end, piece: size)
    #expect(outcome.status == 0)
    #expect(diagnostics(outcome.replies).first?.first?["code"] as? String == "E0201")
  }

  // MARK: Diagnostics

  @Test func positionsCountUTF16Units() throws {
    // The clef takes two units and four bytes, the accented letter one unit and two bytes.
    let outcome = try converse(
      Self.begin + [Self.open("me 1\nprint \"\u{1D11E}é {x}\"\n")] + Self.end)
    let found = try #require(diagnostics(outcome.replies).first?.first)
    #expect(place(found["range"], "start") == [1, 12])
    #expect(place(found["range"], "end") == [1, 13])
    #expect(found["severity"] as? Int == 1)
  }

  private static func change(_ text: String, _ from: [Int], _ to: [Int]) -> Data {
    note(
      "textDocument/didChange",
      [
        "textDocument": ["uri": uri, "version": 2],
        "contentChanges": [
          [
            "range": [
              "start": ["line": from[0], "character": from[1]],
              "end": ["line": to[0], "character": to[1]],
            ], "text": text,
          ]
        ],
      ])
  }

  @Test func changesOfRangesAreFollowed() throws {
    let steps = [
      Self.open("me 1\nprint(\u{1D11E}x)\n"), Self.change("", [1, 6], [1, 8]),
      Self.change("let x = 1\n", [1, 0], [1, 0]),
      Self.note("textDocument/didClose", ["textDocument": ["uri": Self.uri]]),
    ]
    let codes = try (1...4).map { count in
      let outcome = try converse(Self.begin + steps.prefix(count) + Self.end)
      return try #require(diagnostics(outcome.replies).last).map { $0["code"] as? String ?? "" }
    }
    #expect(codes[0].contains("E0101"))
    #expect(codes[1...] == [["E0201"], [], []])
  }

  /// A burst of edits is checked when it is over, and not after each.
  @Test func aBurstOfEditsIsCheckedOnce() throws {
    let lines = (0..<5000).map { "let x\($0) = \($0)" }.joined(separator: "\n")
    let edits = (0..<300).map { Self.change("\($0 % 10)", [2000 + $0, 4], [2000 + $0, 4]) }
    let outcome = try converse(Self.begin + [Self.open("me 1\n\(lines)\n")] + edits + Self.end)
    #expect(outcome.status == 0)
    let published = diagnostics(outcome.replies)
    #expect((1...60).contains(published.count), "\(published.count)")
    // A name may not begin with a digit.
    #expect(published.last?.contains { $0["severity"] as? Int == 1 } == true)
  }

  // MARK: Help

  private static let script = """
    me 1
    # the model
    fn scaled(x, by = 2) { x * by }
    let steps = 5
    for k in [1, 2] {
      let inner = scaled(k)
      print(round(inner / steps, dig))
    }
    table "T" key "k" { row "a": steps }
    figure "curve" line([1, 2], y_label: "t")

    """

  @Test func hoverShowsSignatureSummaryAndExample() throws {
    let outcome = try converse(
      Self.begin + [
        Self.open(Self.script), Self.request(1, "textDocument/hover", Self.at(6, 9)),
        Self.request(2, "textDocument/hover", Self.at(5, 16)),
        Self.request(3, "textDocument/hover", Self.at(9, 30)),
        Self.request(4, "textDocument/hover", Self.at(1, 4)),
      ] + Self.end)
    func text(_ id: Int) -> String {
      ((result(outcome.replies, id) as? [String: Any])?["contents"] as? [String: Any])?["value"]
        as? String ?? ""
    }
    #expect(text(1).contains("round(value:") && text(1).contains("ties go to even"))
    #expect(text(1).contains("Example: `round(2.71828"))
    #expect(text(2).contains("fn scaled(x, by"))
    #expect(text(3).contains("y_label: string"))
    #expect(result(outcome.replies, 4) is NSNull)
  }

  @Test func completionKnowsNamesArgumentsAndWords() throws {
    let text = "me 1\nlet stepsize = 5\nlet m = model(\"q\", scale: \"\nprint(st\nround(2.5, \n"
    let outcome = try converse(
      Self.begin + [
        Self.open(text), Self.request(1, "textDocument/completion", Self.at(3, 8)),
        Self.request(2, "textDocument/completion", Self.at(2, 27)),
        Self.request(3, "textDocument/completion", Self.at(4, 11)),
      ] + Self.end)
    func labels(_ id: Int) -> [String] {
      (result(outcome.replies, id) as? [[String: Any]] ?? []).map { $0["label"] as? String ?? "" }
    }
    #expect(labels(1).contains("stepsize") && labels(1).contains("string"))
    #expect(!labels(1).contains("round"))
    #expect(labels(2) == ["mini", "paper"])
    #expect(labels(3).first == "digits:")
  }

  @Test func definitionsAreFoundInTheirScope() throws {
    let outcome = try converse(
      Self.begin + [
        Self.open(Self.script), Self.request(1, "textDocument/definition", Self.at(5, 15)),
        Self.request(2, "textDocument/definition", Self.at(5, 21)),
        Self.request(3, "textDocument/definition", Self.at(2, 24)),
        Self.request(4, "textDocument/definition", Self.at(6, 10)),
        Self.request(5, "textDocument/definition", Self.at(6, 24)),
      ] + Self.end)
    func start(_ id: Int) -> [Int] {
      place((result(outcome.replies, id) as? [String: Any])?["range"], "start")
    }
    #expect(start(1) == [2, 3])
    #expect(start(2) == [4, 4])
    #expect(start(3) == [2, 10])
    #expect(start(4) == [-1, -1])
    #expect(start(5) == [3, 4])
  }

  @Test func symbolsAndFormatting() throws {
    let outcome = try converse(
      Self.begin + [
        Self.open(Self.script),
        Self.request(1, "textDocument/documentSymbol", ["textDocument": ["uri": Self.uri]]),
        Self.open("me 1\nprint( 1+1 )"),
        Self.request(2, "textDocument/formatting", ["textDocument": ["uri": Self.uri]]),
        Self.open("me 1\nprint ("),
        Self.request(3, "textDocument/formatting", ["textDocument": ["uri": Self.uri]]),
      ] + Self.end)
    let names = (result(outcome.replies, 1) as? [[String: Any]] ?? []).map { $0["name"] as? String }
    #expect(names == ["scaled", "steps", "T", "curve"])
    let edits = result(outcome.replies, 2) as? [[String: Any]] ?? []
    #expect(edits.first?["newText"] as? String == "me 1\nprint(1 + 1)\n")
    #expect(place(edits.first?["range"], "end") == [1, 12])
    #expect((result(outcome.replies, 3) as? [Any])?.isEmpty == true)
  }
}
