import Experiments
import Foundation
import Video
import VideoIO

/// The clips of the mini world as video files: rendered and encoded once, without loss, then read
/// through the decoder like any other video.
struct ClipLibrary: Sendable {
  private let dataset: SceneDataset
  private let folder: String
  private let memory: ClipMemory

  init(_ workspace: Workspace, split: String, seed: Int) throws {
    memory = workspace.clips
    dataset = try SceneDataset(workspace.world, seed: seed, split: split)
    folder =
      "\(workspace.root)/.merepl/clips/\(workspace.worldHash.short)-\(seed)/\(split)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func path(_ index: Int) -> String { "\(folder)/\(index).mp4" }

  /// The decoded clip; renders and writes its file first where there is none.
  func clip(_ index: Int) throws -> Clip {
    let path = path(index)
    return try memory.clip(path) {
      if !FileManager.default.fileExists(atPath: path) {
        try VideoWriter.write(try dataset.clip(at: index), to: path, encoding: .lossless)
      }
      return try VideoReader.read(path).clip
    }
  }
}
