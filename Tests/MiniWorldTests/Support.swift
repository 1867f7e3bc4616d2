import Foundation
import JSON
import MiniWorld
import Video

/// The world of the repository, and variations of it.
enum World {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "data/scenes")

  static let file = folder.appending(path: "world.json").path

  static let specification: SceneSpecification = {
    do { return try SceneSpecification(contentsOfFile: file) } catch {
      fatalError("the world of the repository cannot be read: \(error)")
    }
  }()

  static func dataset(_ split: String, seed: Int = 2606) throws -> SceneDataset {
    try SceneDataset(specification, seed: seed, split: split)
  }

  static func text() throws -> String { try String(contentsOfFile: file, encoding: .utf8) }

  /// The text of the world with one stretch replaced, read again.
  static func changed(_ old: String, to new: String) throws -> SceneSpecification {
    try changed([old: new])
  }

  /// The text of the world with the first place of some stretches replaced, read again.
  static func changed(_ changes: [String: String]) throws -> SceneSpecification {
    var text = try text()
    for (old, new) in changes {
      precondition(text.contains(old), "the world has no \(old)")
      text = text.replacing(old, with: new, maxReplacements: 1)
    }
    return try SceneSpecification(JSONNode(JSONValue(parsing: text), path: "world.json:"))
  }
}

/// 64-bit FNV-1a.
func fingerprint(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}
