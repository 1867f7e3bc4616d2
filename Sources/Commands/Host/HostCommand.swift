import Diagnostics
import Experiments
import ScriptChecker
import ScriptInterpreter
import Tensors

/// What a command's body may use.
struct CommandContext {
  let workspace: Workspace
  let arguments: BoundArguments
  let interpreter: Interpreter

  /// The cache key of this call: every argument by content, the command's numerics version, and
  /// the master seed where the command draws.
  func key(draws: Bool = true) throws -> CacheKey {
    let signature = arguments.signature
    return CacheKey(
      command: signature.name, numerics: signature.numericsVersion,
      arguments: arguments.all.map { name, value in
        CacheKey.Argument(name, bytes: value.canonicalBytes, shown: value.abbreviated(to: 60))
      }, stream: draws ? "seed \(workspace.seed)" : "", precision: Precision.current.rawValue)
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
