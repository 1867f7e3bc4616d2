import Experiments
import Foundation
import Ranks
import Tensors
import Video

/// How one part of a result is kept while the others are computed.
struct PartCoding<Part>: Sendable {
  let encode: @Sendable (Part) throws -> Data
  let decode: @Sendable (Data) throws -> Part
}

extension PartCoding<[Double]> {
  /// Numbers by their bits.
  static let numbers = PartCoding(
    encode: { numbers in
      Data(numbers.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
    },
    decode: { data in
      data.withUnsafeBytes { bytes in
        (0..<bytes.count / 8).map {
          let word = bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)
          return Double(bitPattern: UInt64(littleEndian: word))
        }
      }
    })
}

/// The parts of a result that is being computed: each is kept when it is there, and a run that was
/// killed goes on with those that are not.
struct KeptParts: Sendable {
  private let key: CacheKey
  private let workspace: Workspace

  init(_ key: CacheKey, in workspace: Workspace) {
    self.key = key
    self.workspace = workspace
  }

  /// `body` of every index, in order, computed in parallel or read.
  /// - Parameter what: what the user sees of it
  func map<Part: Sendable>(
    _ count: Int, _ what: String, unit: String, coding: PartCoding<Part>,
    _ body: @escaping @Sendable (_ index: Int) throws -> Part
  ) throws -> [Part] {
    let step = workspace.progress.begin(what, total: count, unit: unit)
    defer { step.end() }
    let kept = workspace.store.parts(of: key)
    if kept.count > 0, workspace.progress.mode != .quiet {
      workspace.progress.message("going on after \(min(kept.count, count)) of \(count) \(unit)")
    }
    return try Workers.map(count) { index in
      try checkCancellation()
      defer { step.advance() }
      if let data = kept.part(index) {
        do { return try coding.decode(data) } catch {
          workspace.warn("a kept part of \(key) makes no sense (\(error)); it is computed again")
        }
      }
      FaultPoint.part.reached()
      let part = try body(index)
      try kept.keep(try coding.encode(part), as: index)
      return part
    }
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
}
