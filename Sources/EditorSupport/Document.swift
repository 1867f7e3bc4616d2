import Diagnostics
import JSON
import ScriptChecker
import ScriptSyntax

/// An open script.
struct Document {
  let uri: String
  let version: JSONValue
  let file: SourceFile
  private let parsed: Parsed

  /// The script with its includes, parsed when somebody first asks.
  var program: Program { parsed.program }

  private final class Parsed {
    private let load: () -> Program
    lazy var program = load()

    init(_ load: @escaping () -> Program) { self.load = load }
  }

  init(
    uri: String, version: JSONValue, text: String, resolve: @escaping Program.IncludeResolver
  ) {
    self.init(
      uri: uri, version: version, file: SourceFile(path: Self.path(uri), text: text),
      resolve: resolve)
  }

  private init(
    uri: String, version: JSONValue, file: SourceFile,
    resolve: @escaping Program.IncludeResolver
  ) {
    self.uri = uri
    self.version = version
    self.file = file
    parsed = Parsed { Program.load(file, resolveInclude: resolve) }
  }

  var script: Script { program.main }

  // MARK: Positions: lines from 0, UTF-16 code units from 0

  func position(_ offset: Int, in file: SourceFile? = nil) -> JSONValue {
    let file = file ?? self.file
    return [
      "line": .int(file.location(of: offset).line - 1),
      "character": .int(file.units(before: offset)),
    ]
  }

  func range(_ span: SourceSpan) -> JSONValue {
    ["start": position(span.start, in: span.file), "end": position(span.end, in: span.file)]
  }

  /// The byte of a position; places past the end of a line are its end.
  func offset(_ position: JSONNode) throws -> Int { try Self.offset(position, in: file) }

  private static func offset(_ position: JSONNode, in file: SourceFile) throws -> Int {
    let line = try position.int("line")
    let character = try position.int("character")
    guard line >= 0, character >= 0 else {
      throw ServerError.invalidParameters("negative position")
    }
    guard line < file.lineCount else { return file.bytes.count }
    let start = file.offset(ofLine: line + 1)
    var units = 0
    var offset = start
    for scalar in file.line(line + 1).unicodeScalars {
      let width = UTF16.width(scalar)
      if units + width > character { break }
      units += width
      offset += UTF8.width(scalar)
    }
    return offset
  }

  /// The text after a change of a range.
  private static func text(
    of file: SourceFile, replacing range: JSONNode, with text: String
  ) throws -> String {
    let start = try offset(range.require("start"), in: file)
    let end = max(start, try offset(range.require("end"), in: file))
    return file.text(from: 0, to: start) + text + file.text(from: end, to: file.bytes.count)
  }

  /// The most bytes that the changes of one message may copy: each makes a new text.
  private static let largestWork = 1 << 30

  /// The document after changes, each of a range of the text that the one before it left, or of
  /// the whole text. Only the last text is parsed.
  func applying(
    _ changes: [JSONNode], version: JSONValue, resolve: @escaping Program.IncludeResolver
  ) throws -> Document {
    var current = file
    var work = 0
    for change in changes {
      work += current.bytes.count
      guard work <= Self.largestWork else {
        throw ServerError.invalidParameters(
          "\(changes.count) changes to a text of \(current.bytes.count) bytes in one message; "
            + "send the complete text")
      }
      var text = try change.string("text")
      if let range = try change.find("range") {
        text = try Self.text(of: current, replacing: range, with: text)
      }
      guard text.utf8.count <= MessageReader.maximumBytes else {
        throw ServerError.invalidParameters("the text is larger than the largest script")
      }
      current = SourceFile(path: file.path, text: text)
    }
    return Document(uri: uri, version: version, file: current, resolve: resolve)
  }

  // MARK: Files

  /// `file:///a%20b.me` -> `/a b.me`; other addresses as they are.
  static func path(_ uri: String) -> String {
    guard uri.hasPrefix("file://") else { return uri }
    var bytes: [UInt8] = []
    var rest = Array(uri.utf8.dropFirst(7))[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The address of a file: the document's own, or one beside it.
  func uri(of other: SourceFile) -> String {
    if other === file { return uri }
    guard uri.hasPrefix("file://") else { return other.path }
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~".utf8)
    return other.path.utf8.reduce(into: "file://") { text, byte in
      if plain.contains(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        text += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
  }
}

enum ServerError: Error {
  case invalidParameters(String)
}
