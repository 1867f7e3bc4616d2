import Canonical
import Foundation
import TestSupport
import Testing

/// Real videos, kept outside the package.
enum SharedVideos {
  static let exist = SharedData.has("data/videos/MANIFEST.md")
  static let absent = Comment(rawValue: SharedData.absent)

  static func path(_ name: String) -> String { SharedData.path("data/videos/" + name) }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
}

func sha256(_ bytes: [UInt8]) -> String { ContentHash(of: bytes).hex }
