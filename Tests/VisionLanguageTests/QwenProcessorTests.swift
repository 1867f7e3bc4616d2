import Checkpoints
import Foundation
import JSON
import Layers
import Tensors
import Testing
import Video
import VisionLanguage

/// Against the processor of transformers 5.24 (Tests/Reference/qwen25vl_processor.py).
@Suite struct QwenProcessorTests {
  let file: SafetensorsFile
  let processor: Qwen25VL.Processor
  let clip: Clip

  init() throws {
    file = try SafetensorsFile(
      URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/qwen-processor.safetensors").path(percentEncoded: false))
    processor = try Qwen25VL.Processor(
      Qwen25VL.Configuration(JSONNode(QwenConfigurationTests.flat)),
      preprocessor: JSONNode(["min_pixels": 256, "max_pixels": 4096]))
    clip = Clip(
      frames: 4, height: 16, width: 24, pixels: try file.integers("frames").map(UInt8.init),
      framesPerSecond: 4)
  }

  @Test func pictureAndVideo() throws {
    let picture = try processor.picture(clip)
    #expect(picture.grid == TokenGrid(frames: 1, height: 4, width: 6))
    expectClose(picture.patches, try file.tensor("picture"), 1e-6, "picture")
    let video = try processor.video(clip, framesPerSecond: 4)
    #expect(video.grid == TokenGrid(frames: 2, height: 4, width: 6))
    #expect(video.secondsPerStep == 0.5)
    expectClose(video.patches, try file.tensor("video"), 1e-6, "video")
  }

  @Test func oddVideoRepeatsItsLastFrame() throws {
    let odd = try processor.patches(of: clip.selecting([0, 1, 2]))
    let repeated = try processor.patches(of: clip.selecting([0, 1, 2, 2]))
    #expect(odd.patches.values == repeated.patches.values)
  }

  @Test func sizes() throws {
    let (sizes, grids) = (try file.integers("sizes"), try file.integers("grids"))
    for index in 0..<sizes.count / 2 {
      let (height, width) = (sizes[2 * index], sizes[2 * index + 1])
      let blank = Clip(
        frames: 1, height: height, width: width,
        pixels: [UInt8](repeating: 0, count: height * width * 3), framesPerSecond: 1)
      let grid = try processor.picture(blank).grid
      #expect([grid.frames, grid.height, grid.width] == Array(grids[3 * index..<3 * index + 3]))
    }
  }

  @Test func placeholdersAreRepeated() throws {
    let video = try processor.patches(of: clip)
    let input = try processor.prepare(tokens: [5, 151_656, 6], videos: [video])
    #expect(input.tokens == [5] + [Int](repeating: 151_656, count: 12) + [6])
    #expect(throws: VisionLanguageError.self) {
      try processor.prepare(tokens: [5], videos: [video])
    }
  }

  @Test func otherPatchSizeIsRejected() throws {
    #expect(throws: ConfigurationError.self) {
      try Qwen25VL.Processor(
        Qwen25VL.Configuration(JSONNode(QwenConfigurationTests.flat)),
        preprocessor: JSONNode(["patch_size": 14]))
    }
  }
}
