import Canonical

/// Explains how two keys differ, traced back to the commands in which they first differ.
///
/// Two keys of `evaluate` differ in their model; the model comes from `finetune`, whose targets
/// come from `extract`, whose steps are 5 in one and 10 in the other: that last one is the cause.
public final class KeyComparison {
  /// One part in which two keys differ, and the commands on the way to it, outermost first.
  public struct Cause: Hashable, Sendable, CustomStringConvertible {
    public let commands: [String]
    public let difference: KeyDifference

    public var description: String {
      "\(commands.last ?? ""): \(difference)"
    }
  }

  private struct Pair: Hashable {
    let before: ContentHash
    let after: ContentHash
  }

  private let before: [ContentHash: CacheKey]
  private let after: [ContentHash: CacheKey]
  private let inUse: Set<ContentHash>
  private var known: [Pair: [Cause]] = [:]

  /// - Parameters:
  ///   - before: every key of the earlier run, including those of inputs
  ///   - after: every key of the current script
  ///   - inUse: results that are needed now and therefore were not replaced by others; all of
  ///     `after` if nil
  public init(before: [CacheKey], after: [CacheKey], inUse: Set<ContentHash>? = nil) {
    self.inUse = inUse ?? Set(after.map(\.hash))
    self.before = Dictionary(before.map { ($0.hash, $0) }) { $1 }
    self.after = Dictionary(after.map { ($0.hash, $0) }) { $1 }
  }

  /// Why `new` differs from `old`; empty when they are the same key.
  public func causes(of new: CacheKey, from old: CacheKey) -> [Cause] {
    if new == old { return [] }
    let pair = Pair(before: old.hash, after: new.hash)
    if let found = known[pair] { return found }
    var causes: [Cause] = []
    let arguments = Dictionary(old.arguments.map { ($0.name, $0) }) { $1 }
    for difference in new.differences(from: old) {
      let inner = new.arguments.first { $0.name == difference.part }.flatMap { argument in
        innerCauses(argument, arguments[argument.name])
      }
      if let inner {
        causes += inner.map {
          Cause(commands: [new.command] + $0.commands, difference: $0.difference)
        }
      } else {
        causes.append(Cause(commands: [new.command], difference: difference))
      }
    }
    known[pair] = causes
    return causes
  }

  /// The causes inside an argument that the same command made in both runs.
  private func innerCauses(
    _ new: CacheKey.Argument, _ old: CacheKey.Argument?
  ) -> [Cause]? {
    guard let source = new.source, let earlier = old?.source, let newKey = after[source],
      let oldKey = before[earlier], newKey.command == oldKey.command
    else { return nil }
    let causes = causes(of: newKey, from: oldKey)
    return causes.isEmpty ? nil : causes
  }

  /// The earlier key that `key` most likely replaced: of the same command, no longer in use, with
  /// the fewest causes of difference.
  public func predecessor(
    of key: CacheKey, among candidates: [CacheKey]
  ) -> (key: CacheKey, causes: [Cause])? {
    candidates.filter { $0.command == key.command && !inUse.contains($0.hash) }
      .map { ($0, Set(causes(of: key, from: $0)).count, causes(of: key, from: $0)) }
      .min { ($0.1, $0.0.hex) < ($1.1, $1.0.hex) }
      .map { ($0.0, $0.2) }
  }
}
