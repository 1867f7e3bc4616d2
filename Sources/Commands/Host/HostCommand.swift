import Canonical
import Diagnostics
import Experiments
import ScriptChecker
import ScriptInterpreter
import Tensors

/// What a command's body may use.
struct CommandContext {
  let workspace: Workspace
  /// The script's seed as it is now.
  let seed: Int
  let arguments: BoundArguments
  /// The results that the arguments stand for.
  let inputs: [any ResultStep]
  let interpreter: Interpreter

  /// The cache key of this call: every argument by content, the command's numerics version, and
  /// the master seed where the command draws, and the precision of this process.
  /// - Parameters:
  ///   - files: what the command reads beside its arguments
  ///   - readsWorld: whether it reads the mini world beside its arguments
  func key(
    draws: Bool = true, files: [InputFiles] = [], readsWorld: Bool = false
  ) -> CacheKey {
    let signature = arguments.signature
    let given = arguments.all.map { name, value in
      CacheKey.Argument(
        name, bytes: value.canonicalBytes, shown: Self.shown(value),
        source: Self.source(value))
    }
    var read = files.map { file in
      workspace.uses(file.name)
      return CacheKey.Argument(file.name, hash: file.hash, shown: file.hash.short)
    }
    if readsWorld {
      read.append(
        CacheKey.Argument(
          Workspace.worldFile, hash: workspace.worldHash, shown: workspace.worldHash.short))
    }
    let key = CacheKey(
      command: signature.name, numerics: signature.numericsVersion,
      arguments: given + read, stream: draws ? "seed \(seed)" : "",
      precision: Precision.current.rawValue)
    workspace.record?.add(key)
    return key
  }

  /// A value for messages. The clips of a dataset follow from the seed that it was made by.
  private static func shown(_ value: Value) -> String {
    guard case .handle(let handle as DatasetHandle) = value else {
      return value.abbreviated(to: 60)
    }
    return "dataset \"\(handle.name)\" of seed \(handle.seed): \(counted(handle.count, "clip")) "
      + "of split \(handle.split)"
  }

  /// The key of the command that made a handle: handles carry it as their content's name.
  private static func source(_ value: Value) -> ContentHash? {
    guard case .handle(let handle) = value else { return nil }
    return ContentHash(hex: handle.contentHash)
  }

  /// The result of this call under its key, to be computed when somebody needs it.
  func deferred<Value: Sendable>(
    _ label: String, coding: ResultCoding<Value>, files: [InputFiles] = [],
    compute: @escaping @Sendable () throws -> Value
  ) -> Deferred<Value> {
    let place = self.place
    return Deferred(
      key(files: files), label: label, inputs: inputs, in: workspace, coding: coding
    ) { try Self.failing(at: place, compute) }
  }

  /// Where the script calls the command.
  var place: CallPlace {
    CallPlace(
      name: arguments.signature.name, span: arguments.span, callStack: interpreter.callStack)
  }

  /// Runs a computation that may be wanted long after its call; its errors belong to the call.
  static func failing<Value>(
    at place: CallPlace, _ compute: () throws -> Value
  ) throws -> Value {
    do {
      return try compute()
    } catch {
      if error is PendingResult || error is CancelledError { throw error }
      throw place.placed(error)
    }
  }

  /// The same for a result that comes in parts, which are kept until it is whole.
  func deferred<Value: Sendable>(
    _ label: String, coding: ResultCoding<Value>, readsWorld: Bool = false,
    inParts compute: @escaping @Sendable (KeptParts) throws -> Value
  ) -> Deferred<Value> {
    let key = key(readsWorld: readsWorld)
    let parts = KeptParts(key, in: workspace)
    let place = self.place
    return Deferred(key, label: label, inputs: inputs, in: workspace, coding: coding) {
      try Self.failing(at: place) { try compute(parts) }
    }
  }
}

/// A command of scripts: its declaration and what it does.
struct HostCommand: Sendable {
  let signature: CommandSignature
  let run: @Sendable (CommandContext) throws -> Value

  init(_ signature: CommandSignature, _ run: @escaping @Sendable (CommandContext) throws -> Value) {
    self.signature = signature
    self.run = run
  }
}
