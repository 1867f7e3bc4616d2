import Canonical
import Foundation
import JSON

/// A run that has ended, read back from its record.
public struct PastRun: Sendable {
  /// The record's file name without ending: time and process.
  public let id: String
  public let begun: String
  public let seconds: Double
  public let exitCode: Int
  public let arguments: [String]
  /// The script's path, where a script was run.
  public let script: String?
  public let commit: String?
  public let isDirty: Bool
  public let steps: [RunRecord.Step]
  /// Everything else; see ``RunRecord/json(exitCode:)``.
  public let json: JSONNode

  /// - Throws: ``JSONError`` when the file is no record
  public init(contentsOfFile path: String) throws {
    json = try JSONNode(contentsOfFile: path)
    id = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    begun = try json.string("begun")
    seconds = try json.double("seconds")
    exitCode = try json.int("exit_code")
    arguments = try json.strings("arguments")
    script = try json.find("script")?.string("path")
    commit = try json.find("source")?.string("commit")
    isDirty = try json.find("source")?.bool("dirty") ?? false
    steps = try json.objects("steps").map { step in
      let seconds = try step.double("seconds")
      return RunRecord.Step(
        name: try step.string("name"), seconds: seconds, outcome: try step.string("outcome"),
        ownSeconds: try step.double("own_seconds", default: seconds),
        key: try step.find("key").flatMap { ContentHash(hex: try $0.asString()) },
        content: try step.find("content").flatMap { ContentHash(hex: try $0.asString()) },
        peakMemory: try step.int("peak_memory_bytes", default: 0))
    }
  }

  /// Keys of all results and of everything they depend on.
  public func keys() throws -> [CacheKey] {
    try json.find("keys")?.asArray().map { try CacheKey(json: $0) } ?? []
  }

  /// The lock that the run wrote; nil if it failed or had no results.
  public func lock() throws -> Lockfile? {
    guard let text = try json.find("lock")?.asString() else { return nil }
    return try Lockfile(parsing: text, source: id)
  }
}

/// The records of a store, oldest first.
public struct RunHistory: Sendable {
  public let runs: [PastRun]

  /// Reads every record in `folder`; other files are skipped.
  /// - Parameter most: how many to read, newest first; nil for all
  public init(folder: String, most: Int? = nil) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let sorted = names.filter { $0.hasSuffix(".json") }.sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    runs = sorted.suffix(most ?? sorted.count).compactMap {
      try? PastRun(contentsOfFile: "\(folder)/\($0)")
    }
  }

  public init(_ runs: [PastRun]) { self.runs = runs }

  /// The runs whose id begins with `text`, or the newest for `last`.
  public func matching(_ text: String) -> [PastRun] {
    text == "last" ? runs.suffix(1) : runs.filter { $0.id.hasPrefix(text) }
  }

  /// The content that a key had when it was last computed or read.
  public func content(of key: ContentHash) -> ContentHash? {
    for run in runs.reversed() {
      if let step = run.steps.last(where: { $0.key == key && $0.content != nil }) {
        return step.content
      }
    }
    return nil
  }
}
