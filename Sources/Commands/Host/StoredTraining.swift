import Canonical
import Checkpoints
import Diagnostics
import Experiments
import Files
import Foundation
import Layers
import ScriptInterpreter
import Synchronization
import Tensors
import Training

/// Keeps the state of a training under `.merepl/training`, named by the key of its result, so that
/// a run that was killed goes on from there to the same bits.
///
/// A file holds the SHA-256 of what follows, then safetensors: parameters, both moments of the
/// optimiser, and the losses of every step, whose number is the number of steps done. A damaged
/// file is left aside with a warning.
final class StoredTraining: TrainingKeeper {
  private let folder: String
  private let name: String
  private let workspace: Workspace
  private let begun = Mutex(0)

  init(_ key: CacheKey, in workspace: Workspace) {
    folder = "\(workspace.store.root)/training"
    name = key.hex
    self.workspace = workspace
  }

  func begin() -> any TrainingStates {
    let number = begun.withLock { number in
      number += 1
      return number
    }
    return TrainingFile(path: path(number), workspace: workspace)
  }

  private func path(_ number: Int) -> String { "\(folder)/\(name)-\(number).state" }

  /// Removes the states when the result is stored.
  func discard() {
    for number in 0..<begun.withLock({ $0 }) { unlink(path(number + 1)) }
  }
}

/// The file of one training.
private final class TrainingFile: TrainingStates {
  private let path: String
  private let workspace: Workspace
  private var lastKept = ContinuousClock.now

  /// Seconds between two states; `MEREPL_CHECKPOINT_SECONDS`, 0 for every step.
  private static let interval: Double = {
    let text = ProcessInfo.processInfo.environment["MEREPL_CHECKPOINT_SECONDS"]
    return text.flatMap(Double.init).map { max(0, $0) } ?? 15
  }()

  init(path: String, workspace: Workspace) {
    self.path = path
    self.workspace = workspace
  }

  func isDue() -> Bool { (ContinuousClock.now - lastKept) / .seconds(1) >= Self.interval }

  func reached(_ step: Int) { FaultPoint.step.reached() }
  func reachedInside(_ step: Int) { FaultPoint.insideStep.reached() }

  func keep(_ state: TrainingState) throws {
    var entries: [SafetensorsWriter.Entry] = []
    for (kind, tensors) in [
      ("parameter", state.optimiser.parameters), ("first", state.optimiser.first),
      ("second", state.optimiser.second),
    ] {
      entries += tensors.enumerated().map { .init("\(kind).\($0)", $1) }
    }
    let width = state.history.first?.count ?? 0
    entries.append(
      .init(
        "losses", shape: [state.history.count, width],
        integers: state.history.joined().map { Int(bitPattern: UInt($0.bitPattern)) }))
    let bytes = try SafetensorsWriter.serialize(entries)
    try Folders.make(PathText.folder(of: path))
    try WholeFile.write(Data(ContentHash(of: bytes).hex.utf8) + bytes, to: path)
    lastKept = .now
    Cancellation.noteKept()
  }

  func restore() throws -> TrainingState? {
    guard let data = RegularFile.contents(path) else { return nil }
    let body = Data(data.dropFirst(64))
    guard data.count > 64,
      ContentHash(of: body).hex == String(decoding: data.prefix(64), as: UTF8.self)
    else {
      workspace.warn("the saved training state is corrupt (\(path)); restarting the training")
      return nil
    }
    do {
      return try state(in: body)
    } catch {
      workspace.warn("the saved training state is not valid (\(error)); restarting the training")
      return nil
    }
  }

  private func state(in body: Data) throws -> TrainingState {
    let file = try SafetensorsBuffer(body, location: path)
    func tensors(_ kind: String) throws -> [Tensor] {
      let count = file.names.count { $0.hasPrefix("\(kind).") }
      return try (0..<count).map { try file.tensor("\(kind).\($0)") }
    }
    let shape = try file.entry("losses").shape
    guard shape.count == 2 else {
      throw CommandError("the losses have shape \(shape), expected [steps, losses]")
    }
    let losses = try file.integers("losses").map {
      Double(bitPattern: UInt64(bitPattern: Int64($0)))
    }
    let history = (0..<shape[0]).map { step in
      Array(losses[step * shape[1]..<(step + 1) * shape[1]])
    }
    if workspace.progress.mode != .quiet {
      workspace.progress.message("resuming training after step \(history.count)")
    }
    return TrainingState(
      AdamW.State(
        step: history.count, parameters: try tensors("parameter"), first: try tensors("first"),
        second: try tensors("second")), history)
  }
}
