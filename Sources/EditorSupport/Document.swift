import Diagnostics
import JSON
import ScriptChecker
import ScriptSyntax

/// An open script.
struct Document {
  let uri: String
  let version: JSONValue
  let file: SourceFile
  let program: Program

  init(uri: String, version: JSONValue, text: String, resolve: Program.IncludeResolver) {
    self.uri = uri
    self.version = version
    file = SourceFile(path: Self.path(uri), text: text)
    program = Program.load(file, resolveInclude: resolve)
  }

  var script: Script { program.main }

  // MARK: Positions: lines from 0, UTF-16 code units from 0

  func position(_ offset: Int, in file: SourceFile? = nil) -> JSONValue {
    let file = file ?? self.file
    let line = file.location(of: offset).line
    let start = file.offset(ofLine: line)
    let column = file.text(from: start, to: offset).utf16.count
    return ["line": .int(line - 1), "character": .int(column)]
  }

  func range(_ span: SourceSpan) -> JSONValue {
    ["start": position(span.start, in: span.file), "end": position(span.end, in: span.file)]
  }

  /// The byte of a position; places past the end of a line are its end.
  func offset(_ position: JSONNode) throws -> Int {
    let line = try position.int("line")
    let character = try position.int("character")
    guard line >= 0, character >= 0 else {
      throw ServerError.invalidParameters("a negative position")
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
  func text(replacing range: JSONNode, with text: String) throws -> String {
    let start = try offset(range.require("start"))
    let end = max(start, try offset(range.require("end")))
    return file.text(from: 0, to: start) + text + file.text(from: end, to: file.bytes.count)
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

extension SourceFile {
  /// The byte where a line counted from 1 begins.
  func offset(ofLine line: Int) -> Int {
    // Lines end at their line feeds alone, as in `lineCount`.
    var low = 0
    var high = bytes.count
    while low < high {
      let middle = (low + high) / 2
      if location(of: middle).line < line { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

enum ServerError: Error {
  case invalidParameters(String)
}
