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
      "\(workspace.store.root)/clips/\(workspace.worldHash.short)-\(seed)/\(split)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func path(_ index: Int) -> String { "\(folder)/\(index).mp4" }

  /// The decoded clip; renders and writes its file first where there is none, or not the one that
  /// was written.
  func clip(_ index: Int) throws -> Clip {
    let path = path(index)
    return try memory.clip(path) {
      if !isIntact(path) {
        try VideoWriter.write(try dataset.clip(at: index), to: path, encoding: .lossless)
        // Torn by a crash it does not fit, and the clip is written again.
        try Data(Self.hash(path).utf8).write(
          to: URL(filePath: "\(path).sha256"), options: .atomic)
      }
      return try VideoReader.read(path).clip
    }
  }

  /// Whether the file has the bytes that it was written with: a flipped bit need not keep a video
  /// from being decoded.
  private func isIntact(_ path: String) -> Bool {
    guard let expected = FileManager.default.contents(atPath: "\(path).sha256") else {
      return false
    }
    return String(decoding: expected, as: UTF8.self) == Self.hash(path)
  }

  private static func hash(_ path: String) -> String {
    FileManager.default.contents(atPath: path).map { ContentHash(of: $0).hex } ?? "no file"
  }
}
