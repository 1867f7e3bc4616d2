import Diagnostics
import Foundation
import JSON
import Tokenizers

/// `merepl tokenize`: lines of text to lines of token ids, and back.
public struct TokenizeCommand: Sendable {
  /// Ids to text.
  public var decodes = false
  /// Whether special tokens are added when encoding, and kept when decoding.
  public var addsSpecialTokens = true
  /// Whether lines of input are JSON strings, or arrays of ids.
  public var readsJSON = false
  public var writesJSON = false

  private let tokenizer: any Tokenizer

  /// - Parameter model: a directory, or a `tokenizer.json`.
  public init(model: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: model, isDirectory: &isFolder) else {
      throw CommandError("model directory \(model) does not exist", exitCode: 5)
    }
    do {
      tokenizer =
        try isFolder.boolValue
        ? TokenizerLoader.load(directory: model) : TokenizerLoader.load(file: model)
    } catch {
      let isOtherFile = error is JSONError && !isFolder.boolValue
      throw CommandError(
        "\(error)",
        suggestion: isOtherFile ? "pass the tokenizer directory or its tokenizer.json" : nil,
        exitCode: 5)
    }
  }

  /// Answers every line of a file with a line. The last one may lack its line feed.
  public func run(reading file: FileHandle, write: (String) -> Void) throws {
    var number = 0
    func answer(_ line: Data) throws {
      number += 1
      guard let text = String(validating: line, as: UTF8.self) else {
        throw CommandError(
          "line \(number) of the input is not valid UTF-8 at byte \(Self.validLength(line) + 1)",
          exitCode: 1)
      }
      write(try self.answer(text, number: number))
    }
    var rest = Data()
    while let block = try file.read(upToCount: 1 << 16), !block.isEmpty {
      var start = block.startIndex
      while let end = block[start...].firstIndex(of: UInt8(ascii: "\n")) {
        rest.append(block[start..<end])
        try answer(rest)
        rest.removeAll(keepingCapacity: true)
        start = end + 1
      }
      rest.append(block[start...])
    }
    if !rest.isEmpty { try answer(rest) }
  }

  /// Bytes before the first that is not part of well-formed UTF-8.
  private static func validLength(_ line: Data) -> Int {
    var decoder = UTF8()
    var bytes = line.makeIterator()
    var length = 0
    while case .scalarValue(let scalar) = decoder.decode(&bytes) { length += UTF8.width(scalar) }
    return length
  }

  /// What comes out for one line.
  private func answer(_ line: String, number: Int) throws -> String {
    if decodes {
      let text = tokenizer.decode(
        try ids(line, number: number), skipSpecialTokens: !addsSpecialTokens)
      return writesJSON ? try JSONValue.string(text).serialized() : text
    }
    let text = readsJSON ? try json(line, number).asString() : line
    let encoding = tokenizer.encode(text, addSpecialTokens: addsSpecialTokens)
    if !writesJSON { return encoding.ids.map(String.init).joined(separator: " ") }
    let fields: JSONValue = [
      "ids": .array(encoding.ids.map { .int($0) }),
      "tokens": .array(encoding.ids.map { .string(tokenizer.token(of: $0) ?? "") }),
      "spans": .array(
        encoding.spans.map { [.int($0.lowerBound), .int($0.upperBound)] }),
    ]
    return try fields.serialized()
  }

  private func ids(_ line: String, number: Int) throws -> [Int] {
    if readsJSON { return try json(line, number).asArray().map { try $0.asInt() } }
    return try line.split(whereSeparator: \.isWhitespace).map { word in
      guard let id = Int(word), word.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
        throw CommandError(
          "line \(number) of the input: \"\(word)\" is not a token id",
          suggestion: "with --decode, each line contains ids separated by spaces", exitCode: 1)
      }
      return id
    }
  }

  private func json(_ line: String, _ number: Int) throws -> JSONNode {
    JSONNode(
      try JSONValue(parsing: Array(line.utf8), source: "line \(number) of the input"),
      path: "line \(number) of the input")
  }
}
