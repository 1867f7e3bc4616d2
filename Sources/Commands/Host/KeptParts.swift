import Canonical
import Experiments
import Files
import Foundation
import Ranks
import Tensors
import Video

/// How one part of a result is written and read.
struct PartCoding<Part>: Sendable {
  let encode: @Sendable (Part) throws -> Data
  let decode: @Sendable (Data) throws -> Part
  /// Why a part must not be stored, such as a number that is not finite; nil where it is sound.
  var problem: @Sendable (Part) -> String? = { _ in nil }
}

extension PartCoding<[Double]> {
  /// Numbers by their bits.
  static let numbers = PartCoding(
    encode: { numbers in
      Data(numbers.flatMap { $0.bitPattern.littleEndianBytes })
    },
    decode: { data in
      let bytes = [UInt8](data)
      return (0..<bytes.count / 8).map {
        Double(bitPattern: UInt64(littleEndianBytes: bytes[8 * $0..<8 * $0 + 8]))
      }
    })
}

/// The parts of a result that is being computed: each is saved when it is finished, and a run that
/// was killed resumes with those that are not.
struct KeptParts: Sendable {
  let key: CacheKey
  private let workspace: Workspace

  init(_ key: CacheKey, in workspace: Workspace) {
    self.key = key
    self.workspace = workspace
  }

  /// `body` of every index, in order, computed in parallel or read: for parts that are small. The
  /// result is made of all of them together.
  /// - Parameter what: what the user sees of it
  func map<Part: Sendable>(
    _ count: Int, _ what: String, unit: String, coding: PartCoding<Part>,
    _ body: @escaping @Sendable (_ index: Int) throws -> Part
  ) throws -> [Part] {
    let kept = workspace.store.parts(of: key)
    return try forEach(count, what, unit: unit, kept) { try part($0, in: kept, coding, body) }
  }

  /// Saves `body` of every index, computed in parallel, as far as it is not there yet: no more than
  /// the parts in work are held in memory.
  /// - Returns: all parts, on disk
  func save<Part: Sendable>(
    _ count: Int, _ what: String, unit: String, coding: PartCoding<Part>,
    _ body: @escaping @Sendable (_ index: Int) throws -> Part
  ) throws -> PartialResult {
    let kept = workspace.store.parts(of: key)
    _ = try forEach(count, what, unit: unit, kept) { _ = try part($0, in: kept, coding, body) }
    return kept
  }

  /// `body` of every clip of a dataset.
  func map<Part: Sendable>(
    clipsOf data: DatasetHandle, _ what: String, coding: PartCoding<Part>,
    _ body: @escaping @Sendable (_ index: Int, _ clip: Clip) throws -> Part
  ) throws -> [Part] {
    try map(data.count, "\(what) \(data.split)", unit: "clips", coding: coding) { index in
      try body(index, try data.clips.clip(index))
    }
  }

  private func forEach<Part: Sendable>(
    _ count: Int, _ what: String, unit: String, _ kept: PartialResult,
    _ body: @escaping @Sendable (_ index: Int) throws -> Part
  ) throws -> [Part] {
    let step = workspace.progress.begin(what, total: count, unit: unit)
    defer { step.end() }
    if kept.count > 0, workspace.progress.mode != .quiet {
      workspace.progress.message("resuming: \(min(kept.count, count)) of \(count) \(unit) done")
    }
    return try Workers.map(count) { index in
      try checkCancellation()
      let part = try body(index)
      step.advance()
      return part
    }
  }

  private func decoded<Part>(_ data: Data, _ coding: PartCoding<Part>) -> Part? {
    do { return try coding.decode(data) } catch {
      workspace.warn("a saved part of \(key) is corrupt (\(error)); recomputing it")
      return nil
    }
  }

  /// The saved part, or a new one that is saved.
  private func part<Part>(
    _ index: Int, in kept: PartialResult, _ coding: PartCoding<Part>,
    _ body: (_ index: Int) throws -> Part
  ) throws -> Part {
    if let data = kept.part(index), let part = decoded(data, coding) { return part }
    FaultPoint.part.reached()
    let part = try body(index)
    if let problem = coding.problem(part) {
      throw StoreError.invalidResult(command: key.command, reason: problem)
    }
    try kept.keep(try coding.encode(part), as: index)
    return part
  }
}
