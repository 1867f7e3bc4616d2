import MiniWorld
import Video

/// The clips of a split of the mini world, drawn when somebody looks at them and kept in memory
/// while there is room. Nothing between the world's description and a clip can be exchanged.
struct ClipLibrary: Sendable {
  private let dataset: SceneDataset
  private let key: String
  private let memory: RecentValues<String, Clip>

  init(_ workspace: Workspace, split: String, seed: Int) throws {
    memory = workspace.clips
    dataset = try SceneDataset(workspace.world, seed: seed, split: split)
    key = "\(seed) \(split)"
  }

  func clip(_ index: Int) throws -> Clip {
    try memory.value("\(key) \(index)") { try dataset.clip(at: index) }
  }
}
