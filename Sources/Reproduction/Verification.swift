import Canonical
import Commands
import Experiments
import Foundation
import JSON
import Reporting

/// The verdict on a lock.
public struct Verification {
  /// A problem other than a differing cell.
  public struct Finding {
    enum Kind: String {
      case lock
      case store = "cache"
      case input
    }

    let kind: Kind
    let text: String
  }

  /// A result whose bits changed.
  public struct Divergence {
    public let name: String
    let key: ContentHash
    let expected: ContentHash
    let found: ContentHash
    /// Where the expected bits are recorded.
    let source: Source

    enum Source: String {
      case lock = "the lock"
      case store = "the cache"
      case record = "the record of an earlier run"
    }
  }

  public let comparison: LockComparison
  let figures: [FigureVerdict]
  let published: [PublishedVerdict]
  let claims: [JudgedClaim]
  let findings: [Finding]
  public let divergence: Divergence?
  /// Results that were recomputed, including those that others depend on.
  let recomputed: Int
  /// Results that were read from an interrupted verification.
  let read: Int
  /// Results that the script itself asks for.
  let asked: Int
  /// Those of them that were to be recomputed; all but for a sample.
  let chosen: Int
  let isSample: Bool
  let lockHash: ContentHash
  /// Names the keys of the script, by which a later change of it shows.
  let keysHash: ContentHash

  init(
    _ verifier: Verifier, lock: Lockfile, session: Session, units: [ContentHash],
    chosen: Set<ContentHash>?, known: ResultStore
  ) throws {
    let workspace = session.workspace
    let outcome = workspace.outcome
    comparison = LockComparison(
      expected: lock, cells: outcome.cells, results: workspace.lock.results,
      tolerance: verifier.tolerance, isPartial: chosen != nil)
    figures = outcome.figures.map {
      FigureVerdict(
        $0.name, isComplete: $0.isComplete,
        expected: "\(workspace.root)/figures/\($0.name).svg",
        found: "\(workspace.outputFolder ?? "")/figures/\($0.name).svg")
    }
    published = session.host.tables.flatMap(PublishedVerdict.all)
    claims = session.host.claims
    let trace = StepTrace(session, lock: lock, known: known)
    divergence = try trace.divergence()
    findings =
      try Self.lockFindings(lock, outcome) + trace.storeFindings(expected: outcome.expected)
      + InputCheck(workspace).findings()
    let loading = Set(session.record.keys.filter { $0.command == "model" }.map(\.hash))
    let steps = session.record.steps.filter { step in
      step.key.map { !loading.contains($0) } ?? false
    }
    let computed = Set(steps.filter { $0.outcome == "run" }.compactMap(\.key))
    recomputed = computed.count
    read =
      Set(steps.filter { $0.outcome == "cached" }.compactMap(\.key))
      .subtracting(computed).count
    self.chosen = chosen?.count ?? units.count
    asked = units.count
    isSample = chosen != nil
    lockHash = ContentHash(of: Array(lock.text.utf8))
    keysHash = outcome.keysHash
  }

  /// Results that only the lock or only the script has.
  private static func lockFindings(_ lock: Lockfile, _ outcome: ScriptOutcome) -> [Finding] {
    let keys = Set(outcome.expected.map(\.short))
    let locked = Set(lock.results.map(\.key))
    var findings: [Finding] = []
    let missing = keys.subtracting(locked).count
    if missing > 0 {
      findings.append(
        Finding(
          kind: .lock,
          text: "\(missing) results of the script are not in the lock: the script, its parameters "
            + "or its inputs have changed since the lock was written (see merepl why)"))
    }
    if !outcome.isOpen {
      findings += lock.cells.keys.filter { $0.kind != .checkpoint && !outcome.mayMake($0) }
        .sorted().prefix(8)
        .map { Finding(kind: .lock, text: "the lock has \($0), which the script does not produce") }
    }
    let labels = Dictionary(outcome.labels.map { ($0.key.short, $0.value) }) { $0.union($1) }
    findings += lock.results.filter {
      keys.contains($0.key) && labels[$0.key]?.contains($0.label) != true
    }
    .map(\.label).sorted().prefix(8)
    .map { Finding(kind: .lock, text: "the lock has the wrong label \"\($0)\" for a result") }
    let extra = lock.results.filter { !keys.contains($0.key) }.map(\.label).sorted()
    if let first = extra.first, !outcome.hasUnknownPart {
      findings.append(
        Finding(
          kind: .lock,
          text: "the lock has \(extra.count) results that the script does not produce, for example "
            + "\"\(first)\""))
    }
    return findings
  }

  /// Cells that do not match the lock.
  var badCells: [LockComparison.Cell] {
    comparison.cells.filter { cell in
      switch cell.grade {
      case .bitIdentical, .withinTolerance: false
      case .sameOrdering, .differs: true
      case .notAttempted: !isSample
      }
    }
  }

  var isGood: Bool {
    // What only a record remembers may be of an older version; the lock and the store count.
    (!isSample || recomputed + read > 0) && badCells.isEmpty && findings.isEmpty
      && comparison.results.isEmpty
      && (divergence == nil || divergence?.source == .record)
      && !figures.contains { $0.grade > .withinTolerance && $0.grade != .notAttempted }
  }

  public var status: ExitStatus { isGood ? .ok : .mismatch }
}

extension ScriptOutcome {
  /// One hash over the keys of all results that belong into the lock.
  var keysHash: ContentHash {
    ContentHash(of: Array(expected.map(\.hex).sorted().joined(separator: "\n").utf8))
  }
}

/// The results of a recomputation in the order in which they were finished.
private struct StepTrace {
  let session: Session
  let lock: Lockfile
  let known: ResultStore
  private let keys: [ContentHash: CacheKey]

  init(_ session: Session, lock: Lockfile, known: ResultStore) {
    self.session = session
    self.lock = lock
    self.known = known
    keys = Dictionary(session.record.keys.map { ($0.hash, $0) }) { $1 }
  }

  /// The first result with other bits than the lock, the store or an earlier record says: what
  /// others are made from is finished first.
  func divergence() throws -> Verification.Divergence? {
    let contents = Dictionary(lock.results.map { ($0.key, $0.content) }) { $1 }
    let history = RunHistory(folder: session.runsFolder)
    for step in session.record.steps {
      guard let hash = step.key, let found = step.content, let key = keys[hash] else { continue }
      let sources: [(Verification.Divergence.Source, ContentHash?)] = [
        (.lock, contents[hash.short]), (.store, try known.value(for: key)?.contentHash),
        (.record, history.content(of: hash)),
      ]
      for case (let source, let expected?) in sources where expected != found {
        return Verification.Divergence(
          name: step.name, key: hash, expected: expected, found: found, source: source)
      }
    }
    return nil
  }

  /// Entries of the usual store that contradict the lock.
  func storeFindings(expected: Set<ContentHash>) throws -> [Verification.Finding] {
    let contents = Dictionary(lock.results.map { ($0.key, $0.content) }) { $1 }
    return try expected.sorted().compactMap { hash in
      guard let key = keys[hash], let content = contents[hash.short],
        let stored = try known.value(for: key), stored.contentHash != content
      else { return nil }
      return Verification.Finding(
        kind: .store,
        text: "the cached result differs from the lock: "
          + "\(ResultTitle.text(key.command, stored.label)) "
          + "(cached \(stored.contentHash.short), lock \(content.short))")
    }
  }
}

/// Compares the checkpoints that a script uses with the locks that name their hashes.
struct InputCheck {
  private let workspace: Workspace

  init(_ workspace: Workspace) { self.workspace = workspace }

  func findings() throws -> [Verification.Finding] {
    let named = LockFolder(workspace.root).checkpoints
    return try workspace.outcome.inputs.sorted().flatMap { path -> [Verification.Finding] in
      guard let locks = named[path] else { return [] }
      let hash = try workspace.contentHash(ofFolder: "\(workspace.root)/\(path)").hex
      return locks.filter { $0.hash != hash }.map {
        Verification.Finding(
          kind: .input, text: "the checkpoint \(path) differs from the hash in \($0.lock)")
      }
    }
  }
}

/// The locks below a folder.
public struct LockFolder {
  public let locks: [(path: String, lock: Lockfile)]

  public init(_ root: String) {
    let walker = FileManager.default.enumerator(atPath: root)
    var names: [String] = []
    while let name = walker?.nextObject() as? String {
      // Neither builds nor the store: they are large and hold no lock of ours.
      if (name as NSString).lastPathComponent.hasPrefix(".") { walker?.skipDescendants() }
      if name.hasSuffix(".lock") { names.append(name) }
    }
    locks = names.sorted().compactMap { name in
      (try? Lockfile(contentsOfFile: "\(root)/\(name)")).map { (name, $0) }
    }
  }

  /// Hashes of checkpoint folders by path, with every lock that names one: no lock hides what
  /// another says.
  public var checkpoints: [String: [(hash: String, lock: String)]] {
    var result: [String: [(hash: String, lock: String)]] = [:]
    for (path, lock) in locks {
      for case (let place, .text(let hash)) in lock.cells where place.kind == .checkpoint {
        result[place.row, default: []].append((hash, path))
      }
    }
    return result
  }
}
