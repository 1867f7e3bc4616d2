import Checkpoints
import Commands
import Diagnostics
import Experiments
import Foundation
import JSON
import ModelTools
import ScriptInterpreter
import Tensors
import Testing

/// `merepl preprocess`, and `merepl forward` on what it wrote.
@Suite struct PreprocessTests {
  private let folder = ScratchFolder()

  /// Frames of stripes that move, as a file of samples.
  private func frames(_ shape: [Int], fps: Double? = nil, name: String = "v") throws -> String {
    let bytes = (0..<shape.product).map { UInt8($0 * 37 % 251) }
    var entries = [
      SafetensorsWriter.Entry(
        "frames", .uint8, shape: shape + [3], bytes: bytes.flatMap { [$0, $0, $0] })
    ]
    if let fps {
      entries.append(
        .init("fps", .float64, shape: [], bytes: withUnsafeBytes(of: fps) { Array($0) }))
    }
    try SafetensorsWriter.write(entries, to: folder.path(name + ".safetensors"))
    return folder.path(name + ".safetensors")
  }

  private func run(
    _ model: String, _ change: (inout PreprocessCommand) throws -> Void
  ) throws -> PreprocessSummary {
    var command = PreprocessCommand(model: model, output: folder.path("in.safetensors"))
    try change(&command)
    return try command.run(progress: LoRATests.quiet)
  }

  private func failure(
    _ model: String, _ change: (inout PreprocessCommand) throws -> Void
  ) -> (status: Int32, message: String) {
    do {
      _ = try run(model, change)
      return (0, "no error")
    } catch {
      #expect(!FileManager.default.fileExists(atPath: folder.path("in.safetensors")))
      return ((error as? any ExitCoded)?.exitCode ?? -1, "\(error)")
    }
  }

  @Test func aQuestionAboutAVideoReachesTheModel() throws {
    let found = try run(ForwardTests.qwen) {
      $0.videos = [try frames([12, 24, 40], fps: 6)]
      $0.images = [try frames([1, 20, 20], name: "p")]
      $0.text = "a red circle moves left"
    }
    #expect(found.videos[0].frames.count == 4 && found.videos[0].secondsPerStep == 1)
    let file = try SafetensorsFile(folder.path("in.safetensors"))
    #expect(
      Set(file.names) == [
        "input_ids", "pixel_values", "image_grid_thw", "pixel_values_videos", "video_grid_thw",
        "second_per_grid_ts",
      ])
    #expect(try file.integers("video_grid_thw") == found.videos[0].grid)
    let video = try CheckpointDirectory(ForwardTests.qwen).configuration().int("video_token_id")
    #expect(try file.integers("input_ids").count { $0 == video } == found.videos[0].tokens)
    let forward = ForwardCommand(
      model: ForwardTests.qwen, input: folder.path("in.safetensors"), output: folder.path("out"))
    _ = try forward.run(progress: LoRATests.quiet)
    let logits = try SafetensorsFile(folder.path("out")).tensor("logits")
    #expect(try logits.allFinite && logits.shape[1] == file.integers("input_ids").count)
  }

  @Test(arguments: ["library", "authors"])
  func transparentPicturesShowWhiteBehindThem(_ rules: String) throws {
    let red = (0..<400).flatMap { _ in [255, 0, 0, 128] as [UInt8] }
    try
      (Data("P7\nWIDTH 20\nHEIGHT 20\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n".utf8)
      + Data(red)).write(to: URL(filePath: folder.path("p.pam")))
    try SafetensorsWriter.write(
      [
        SafetensorsWriter.Entry(
          "frames", .uint8, shape: [1, 20, 20, 3],
          bytes: (0..<400).flatMap { _ in [255, 127, 127] as [UInt8] })
      ], to: folder.path("pink.safetensors"))
    let values = try ["p.pam", "pink.safetensors"].map { name in
      _ = try run(ForwardTests.qwen) { ($0.images, $0.rules) = ([folder.path(name)], rules) }
      return try SafetensorsFile(folder.path("in.safetensors")).floats("pixel_values")
    }
    #expect(values[0] == values[1] && !values[0].isEmpty)
  }

  @Test func framesAreChosenByTheRulesAskedFor() throws {
    func chosen(_ change: (inout PreprocessCommand) -> Void) throws -> [Int] {
      try run(ForwardTests.qwen) {
        $0.videos = [try frames([20, 16, 16], fps: 10)]
        change(&$0)
      }.videos[0].frames
    }
    #expect(try chosen { _ in } == [0, 5, 10, 15])
    #expect(try chosen { $0.rules = "authors" } == [0, 6, 13, 19])
    #expect(try chosen { $0.frames = .count(2) } == [0, 10])
    #expect(try chosen { $0.frames = .perSecond(3) } == [0, 3, 6, 10, 13, 16])
    #expect(try chosen { $0.frames = .all } == Array(0..<20))
  }

  @Test func tilesOfInternVL() throws {
    try folder.write(
      "config.json",
      """
      {"architectures": ["InternVLForConditionalGeneration"], "image_token_id": 8,
       "vision_config": {"hidden_size": 8, "num_attention_heads": 2, "image_size": 16,
         "patch_size": 4},
       "text_config": {"hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 2}}
      """)
    let found = try run(folder.path) {
      $0.images = [try frames([1, 10, 30], name: "p")]
      $0.videos = [try frames([9, 20, 20])]
      $0.frames = .count(3)
    }
    // Three tiles in a row with a thumbnail, then three frames.
    #expect(found.images[0].grid == [4] && found.images[0].tokens == 16)
    #expect(found.videos[0].frames == [1, 4, 7])
    #expect(found.tensors.map(\.shape) == [[7, 3, 16, 16]])
  }

  @Test func whatCannotBePreprocessed() throws {
    let video = try frames([4, 16, 16])
    let long = try frames([1, 2, 500], name: "long")
    try folder.write("text.mp4", "no video")
    for (change, words, status) in [
      ({ _ in }, "nothing to preprocess", 64),
      ({ $0.images = ["none.png"] }, "none.png does not exist", 5),
      ({ [folder] in $0.videos = [folder.path("text.mp4")] }, "text.mp4", 5),
      ({ $0.images = [long] }, "long.safetensors", 1),
      ({ ($0.videos, $0.frames) = ([video], .count(9)) }, "cannot sample 8 of 4 frames", 1),
      ({ ($0.videos, $0.frames) = ([video], .count(0)) }, "--num-frames 0", 64),
      ({ ($0.videos, $0.frames) = ([video], .perSecond(0)) }, "--fps 0.0", 64),
      ({ ($0.videos, $0.rules) = ([video], "mine") }, "library", 64),
      (
        { ($0.videos, $0.text) = ([video], "see <|video_pad|>") },
        "--text: the text contains \"<|video_pad|>\"", 1
      ),
    ] as [((inout PreprocessCommand) -> Void, String, Int32)] {
      let found = failure(ForwardTests.qwen, change)
      #expect(found.status == status && found.message.contains(words), "\(found)")
    }
    for (place, words) in [(video, "would be overwritten"), ("none/x", "none")] {
      let found = failure(ForwardTests.qwen) { ($0.videos, $0.output) = ([video], place) }
      #expect(found.status == 1 && found.message.contains(words), "\(found)")
    }
    let t5 = failure(ForwardTests.t5) { $0.images = [video] }
    #expect(t5.status == 5 && t5.message.contains("no image processor"), "\(t5)")
    try SafetensorsWriter.write(
      [.init("frames", Tensor.zeros([1, 4, 4, 3]))], to: folder.path("f.safetensors"))
    let type = failure(ForwardTests.qwen) { [folder] in
      $0.images = [folder.path("f.safetensors")]
    }
    #expect(type.status == 1 && type.message.contains("expected U8"), "\(type)")
    try SafetensorsWriter.write(
      [.init("frames", .uint8, shape: [0, 4, 4, 3], bytes: [])], to: folder.path("e.safetensors"))
    let empty = failure(ForwardTests.qwen) { [folder] in
      $0.videos = [folder.path("e.safetensors")]
    }
    #expect(empty.status == 1 && empty.message.contains("is empty"), "\(empty)")
  }
}
