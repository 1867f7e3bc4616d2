import Canonical
import Diagnostics
import Experiments
import Files
import Foundation
import JSON
import MiniWorld
import Sandbox
import ScriptChecker
import ScriptInterpreter
import Synchronization
import Video

/// The place of a run: the directory with `data/`, the result store, and the receiver of
/// progress.
public final class Workspace: Sendable {
  /// How a workspace differs from the usual one.
  public struct Options: Sendable {
    /// Takes what scripts write into `figures` and `out`; the root when nil.
    public var outputFolder: String?
    /// The store; `.merepl` in the root when nil.
    public var storeFolder: String?
    public var policy = ResultPolicy.compute
    /// Whether scripts may write under `data`, as `save` does.
    public var writesData = true
    /// Whether figures are drawn, or only described.
    public var drawsFigures = true
    /// Whether all that is run is one script; at the prompt names may be used again.
    public var isScript = true

    public init() {}
  }

  /// The directory that contains `data/`.
  public let root: String
  public let options: Options
  public let store: ResultStore
  public let progress: ProgressDisplay
  public let record: RunRecord?
  let world: SceneSpecification
  static let worldFile = "data/scenes/world.json"
  /// SHA-256 of ``worldFile``.
  let worldHash: ContentHash
  /// Drawn clips: experiments look at the same ones again and again.
  let clips = RecentValues<String, Clip>(limit: 256 << 20) { $0.pixels.count }
  let state = Mutex(State())

  struct State {
    var lock = Lockfile()
    var outcome = ScriptOutcome()
    /// Label of the table row that is being computed.
    var place = ""
  }

  /// - Parameter root: the directory with `data/`; nil searches the current directory and its
  ///   parents
  public init(
    root: String? = nil, options: Options = Options(), progress: ProgressDisplay,
    record: RunRecord? = nil
  ) throws {
    let folder = try root ?? Self.locate()
    self.root = folder
    self.options = options
    self.progress = progress
    self.record = record
    store = try ResultStore(root: options.storeFolder ?? "\(folder)/.merepl") { message in
      record?.warn(message)
      progress.message("warning: \(message)")
    }
    let path = "\(folder)/\(Self.worldFile)"
    guard let bytes = RegularFile.contents(path, limit: 16 << 20) else {
      throw CommandError(
        "\(path) is missing", suggestion: "run merepl inside its repository", exitCode: 5)
    }
    // Read once: what is hashed is what is used.
    worldHash = ContentHash(of: bytes)
    do {
      world = try SceneSpecification(
        JSONNode(JSONValue(parsing: [UInt8](bytes), source: path), path: "\(path):"))
    } catch {
      throw CommandError("\(error)", exitCode: 5)
    }
    for name in ["data/scenes", "data/models"] { uses(name) }
  }

  /// As before, with what most callers choose.
  public convenience init(
    root: String? = nil, outputFolder: String?, progress: ProgressDisplay,
    record: RunRecord? = nil
  ) throws {
    var options = Options()
    options.outputFolder = outputFolder
    try self.init(root: root, options: options, progress: progress, record: record)
  }

  /// The folder of the checkpoints that come with the program.
  public var shippedModels: String { "\(root)/\(MiniModels.checkpoints)" }
  public var outputFolder: String? { options.outputFolder }
  public var policy: ResultPolicy { options.policy }
  /// Whether commands write the files that they are asked for; a plan leaves everything alone.
  var writesFiles: Bool {
    if case .plan = policy { return false }
    return true
  }

  /// The script that this process is about: a bundle around it is its project.
  private static let script = Mutex<String?>(nil)

  /// Names the script, before the project is looked for.
  public static func begin(script path: String) { script.withLock { $0 = path } }

  /// Whether a directory is an unpacked bundle: untrusted files.
  public static func isBundle(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/bundle.json")
  }

  /// The unpacked bundle that contains the script, else the directory with `data/`, searched from
  /// the current directory upwards. A bundle is its own project: the search never leaves it.
  public static func locate() throws -> String {
    if let root = ConfinedSelf.root { return root }
    if let script = script.withLock({ $0 }), let root = bundle(around: script) {
      return try checkedBundle(root)
    }
    var folder = FileManager.default.currentDirectoryPath
    while true {
      if isBundle(folder) { return try checkedBundle(folder) }
      if FileManager.default.fileExists(atPath: "\(folder)/data/scenes/world.json") {
        return folder
      }
      let parent = (folder as NSString).deletingLastPathComponent
      if parent == folder || parent.isEmpty {
        throw CommandError(
          "no data/scenes/world.json in the current directory or its parents",
          suggestion: "run merepl inside its repository", exitCode: 5)
      }
      folder = parent
    }
  }

  private static func bundle(around script: String) -> String? {
    guard var folder = RealPath.of(PathText.folder(of: script)) else { return nil }
    while folder.count > 1 {
      if isBundle(folder) { return folder }
      // A repository of the user, which may lie in a folder with a bundle's name above: a bundle
      // holds no hidden names. What looks like a project inside a bundle is part of it.
      if FileManager.default.fileExists(atPath: "\(folder)/.git") { return nil }
      folder = (folder as NSString).deletingLastPathComponent
    }
    return nil
  }

  private static func checkedBundle(_ root: String) throws -> String {
    guard FileManager.default.fileExists(atPath: "\(root)/data/scenes/world.json") else {
      throw CommandError(
        "the bundle in \(root) has no data/scenes/world.json",
        suggestion: "unpack it again with --inputs DIR, where DIR contains the file",
        exitCode: 5)
    }
    return root
  }

  /// A path of a script: relative ones start at the root. Only `data`, `figures`, `experiments`
  /// and the output folder may be reached, no way leads up, and no symbolic link leads out.
  func path(_ text: String) throws -> String {
    if let fault = ScriptPath.fault(in: text) {
      throw CommandError("the path \(quoted(text)) \(fault)", code: .pathOutside)
    }
    let folder = String(text.prefix { $0 != "/" })
    let isOutput = folder == "figures" || folder == "out"
    let base = isOutput ? outputFolder ?? root : root
    let path = "\(base)/\(text)"
    try checkRoot("\(base)/\(folder)", folder, isOutput: isOutput)
    // Of a file that is not there yet, also behind a link, the folder counts.
    var existing = WriteTarget(path).path
    while !FileManager.default.fileExists(atPath: existing), existing.count > 1 {
      existing = (existing as NSString).deletingLastPathComponent
    }
    if let allowed = RealPath.of("\(base)/\(folder)"), let target = RealPath.of(existing),
      !PathText.isWithin(target, allowed)
    {
      throw CommandError(
        "the path \(quoted(text)) leaves \(folder)/ through a symbolic link",
        code: .pathOutside)
    }
    return path
  }

  /// A folder that scripts reach is one of the project's own. Only what is read may be a link, in
  /// a project that the user trusts.
  private func checkRoot(_ path: String, _ name: String, isOutput: Bool) throws {
    var status = stat()
    guard isOutput || ConfinedSelf.isConfined, lstat(path, &status) == 0,
      status.st_mode & S_IFMT == S_IFLNK
    else { return }
    throw CommandError(
      "\(name)/ is a symbolic link that may leave the project", code: .pathOutside,
      suggestion: isOutput
        ? "remove the link, or use --out to choose another output directory"
        : "replace the link with the directory itself")
  }

  /// The same for a path that is written to.
  func outputPath(_ text: String) throws -> String {
    let path = try path(text)
    guard text.hasPrefix("data") || text.hasPrefix("experiments") else { return path }
    guard options.writesData else {
      throw CommandError(
        "this run may not write \(text): it is not in an output directory",
        suggestion: "write to out/, or run the script without --untrusted")
    }
    // A recomputation beside the real files leaves them alone.
    return options.storeFolder.map { "\($0)/written/\(text)" } ?? path
  }

  /// SHA-256 over the files of a directory, as in keys of `model` and locks of checkpoints.
  public func contentHash(ofFolder path: String) throws -> ContentHash {
    try InputFiles(path, name: path).hash
  }

  /// Says so to the user and in the record.
  func warn(_ message: String) {
    record?.warn(message)
    progress.message("warning: \(message)")
  }

  /// - Throws: ``CommandError`` if a script gives one place two values: the lock has room for one
  func set(_ place: Lockfile.Place, _ content: Lockfile.Content) throws {
    let earlier = state.withLock { state in
      defer { state.lock.set(place, content) }
      return state.lock.cells[place]
    }
    observe(place, ObservedContent(content))
    if let earlier, earlier != content, options.isScript {
      throw CommandError(
        "\(place) is defined twice", code: .boundTwice,
        suggestion: "give each table, row and claim its own name")
    }
  }

  /// Remembers a checkpoint that the script saved.
  func setCheckpoint(_ path: String, _ hash: ContentHash) throws {
    try set(.checkpoint(path), .text(hash.hex))
  }

  /// What the run gave so far, for the lock file.
  public var lock: Lockfile { state.withLock { $0.lock } }
}
