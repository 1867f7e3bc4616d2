import Foundation
import JSON
import TestSupport
import Testing
import Tokenizers

/// The real tokenizers, read once for all tests.
enum SharedTokenizers {
  static let qwen2 = Result { try TokenizerLoader.load(directory: SharedData.path(qwenFolder)) }
  static let t5 = Result {
    try TokenizerLoader.load(file: SharedData.path("\(t5Folder)/tokenizer.json"))
  }
  static let t5Pieces = Result {
    try TokenizerLoader.loadT5(model: piecesPath)
  }

  static let qwenFolder = "data/tokenizers/qwen2"
  static let t5Folder = "data/tokenizers/t5"
  static let piecesPath = SharedData.path("\(t5Folder)/spiece.model")
  static let areThere = SharedData.has(qwenFolder) && SharedData.has(t5Folder)
  static let absent = Comment(rawValue: SharedData.absent)
}

/// A folder that lives as long as a test needs it.
final class ScratchFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "merepl-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
  }
}
