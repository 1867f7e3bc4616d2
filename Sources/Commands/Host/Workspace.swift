import Experiments
import Foundation
import JSON
import ScriptInterpreter
import Synchronization
import Video

/// Where a run happens: the folder with `data/`, the store of results, and who is told of
/// progress.
public final class Workspace: Sendable {
  /// The folder that holds `data/`.
  public let root: String
  /// Where figures go instead of the root; nil for the root itself.
  public let outputFolder: String?
  public let store: ResultStore
  public let progress: ProgressDisplay
  public let record: RunRecord?
  let world: SceneSpecification
  /// SHA-256 of data/scenes/world.json.
  let worldHash: ContentHash
  let clips = ClipMemory()
  private let state = Mutex(State())

  private struct State {
    var seed = 0
    var lock = Lockfile()
  }

  /// - Parameters:
  ///   - root: the folder with `data/`; nil looks for it from the working folder upwards
  ///   - outputFolder: takes what scripts write into `figures` and `out`; the root when nil
  public init(
    root: String? = nil, outputFolder: String? = nil, progress: ProgressDisplay,
    record: RunRecord? = nil
  ) throws {
    let folder = try root ?? Self.locate()
    self.root = folder
    self.outputFolder = outputFolder
    self.progress = progress
    self.record = record
    store = try ResultStore(root: "\(folder)/.merepl")
    let path = "\(folder)/data/scenes/world.json"
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandError(
        "\(path) is missing", suggestion: "run merepl inside its repository", exitCode: 5)
    }
    worldHash = ContentHash(of: bytes)
    world = try SceneSpecification(contentsOfFile: path)
  }

  private static func locate() throws -> String {
    var folder = FileManager.default.currentDirectoryPath
    while true {
      if FileManager.default.fileExists(atPath: "\(folder)/data/scenes/world.json") {
        return folder
      }
      let parent = (folder as NSString).deletingLastPathComponent
      if parent == folder || parent.isEmpty {
        throw CommandError(
          "no data/scenes/world.json here or in any folder above",
          suggestion: "run merepl inside its repository", exitCode: 5)
      }
      folder = parent
    }
  }

  /// The master seed of the running script.
  public var seed: Int {
    get { state.withLock { $0.seed } }
    set { state.withLock { $0.seed = newValue } }
  }

  /// A path of a script: relative ones start at the root. Only `data`, `figures`, `experiments`
  /// and the output folder may be reached, and no way leads up.
  func path(_ text: String) throws -> String {
    let parts = text.split(separator: "/")
    guard !text.hasPrefix("/"), !parts.contains(".."), let first = parts.first,
      ["data", "figures", "experiments", "out"].contains(first)
    else {
      throw CommandError(
        "the path \"\(text)\" is outside data/, figures/, experiments/ and out/", exitCode: 2)
    }
    let isOutput = first == "figures" || first == "out"
    return "\(isOutput ? outputFolder ?? root : root)/\(text)"
  }

  func note(_ result: StoredResult) {
    state.withLock {
      $0.lock.add(
        Lockfile.Result(
          command: result.key.command, label: result.label, key: result.key,
          content: result.contentHash))
    }
  }

  func setCell(table: String, row: String, column: String, _ content: Lockfile.Content) {
    state.withLock { $0.lock.setCell(table: table, row: row, column: column, content) }
  }

  /// What the run gave so far, for the lock file.
  public var lock: Lockfile { state.withLock { $0.lock } }
}
