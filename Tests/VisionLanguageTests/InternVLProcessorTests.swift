import Checkpoints
import Foundation
import JSON
import Tensors
import Testing
import Video
import VisionLanguage

/// Against the image processor of transformers (Tests/Reference/internvl_processor.py).
@Suite struct InternVLProcessorTests {
  let file: SafetensorsFile
  let configuration: InternVL.Configuration
  let processor: InternVL.Processor

  init() throws {
    file = try SafetensorsFile(
      URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/internvl-processor.safetensors").path(percentEncoded: false))
    configuration = try InternVL.Configuration(
      JSONNode([
        "vision_config": [
          "hidden_size": 12, "num_attention_heads": 3, "image_size": 16, "patch_size": 4,
        ],
        "text_config": ["hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": 2],
      ]))
    processor = try InternVL.Processor(
      configuration,
      preprocessor: JSONNode(["max_patches": 6, "size": ["height": 16, "width": 16]]))
  }

  func clip(_ name: String) throws -> Clip {
    let shape = try #require(file.find(name)?.shape)
    return Clip(
      frames: 1, height: shape[0], width: shape[1], pixels: try file.integers(name).map(UInt8.init),
      framesPerSecond: 1)
  }

  @Test func gridsOfTiles() throws {
    let rows = try file.integers("grids")
    #expect(!rows.isEmpty)
    for at in stride(from: 0, to: rows.count, by: 7) {
      let row = Array(rows[at..<at + 7])
      let grid = InternVL.TileGrid(
        height: row[0], width: row[1], side: row[2], fewest: row[3], most: row[4])
      #expect([grid.columns, grid.rows] == Array(row[5...]), "\(row)")
    }
  }

  @Test(arguments: ["wide", "tall", "small"])
  func tilesAndThumbnail(_ name: String) throws {
    let found = try processor.picture(clip(name + ".picture"))
    let expected = try file.tensor(name + ".tiles")
    let wanted = try configuration.tiles(expected)
    #expect(found.grid == wanted.grid)
    // Versions of Pillow differ in the direction that they resize, and round, first.
    let levels: Float = 2.01 / 255 / 0.224
    let worst = zip(found.patches.values, wanted.patches.values).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= levels)
  }

  @Test func oneTileForEachFrame() throws {
    let frames = try clip("wide.picture").selecting([0, 0, 0])
    let video = try processor.video(frames)
    #expect(video.grid == TokenGrid(frames: 3, height: 4, width: 4))
    #expect(processor.tokensPerTile == 4)
    // The thumbnail is the same resize of the whole picture.
    let picture = try processor.picture(clip("wide.picture"))
    let last = picture.patches.slice(0, picture.grid.count - 16..<picture.grid.count)
    #expect(video.patches.slice(0, 0..<16).values == last.values)
  }
}

@Suite struct ChatTextTests {
  let messages = [
    ChatMessage(.user, [.video, .text("What moves?")]), ChatMessage(.assistant, "A dog."),
    ChatMessage(.user, [.image, .text("And here?")]),
  ]

  @Test func qwen() throws {
    #expect(
      try Qwen25VL.chatText(messages, imageTokens: [2], videoTokens: [3]) == """
        <|im_start|>system
        You are a helpful assistant.<|im_end|>
        <|im_start|>user
        <|vision_start|><|video_pad|><|video_pad|><|video_pad|><|vision_end|>What moves?<|im_end|>
        <|im_start|>assistant
        A dog.<|im_end|>
        <|im_start|>user
        <|vision_start|><|image_pad|><|image_pad|><|vision_end|>And here?<|im_end|>
        <|im_start|>assistant

        """)
    let plain = try Qwen25VL.chatText(
      [ChatMessage(.system, "Be brief."), ChatMessage(.user, [.image])], startsAnswer: false)
    #expect(
      plain == """
        <|im_start|>system
        Be brief.<|im_end|>
        <|im_start|>user
        <|vision_start|><|image_pad|><|vision_end|><|im_end|>

        """)
  }

  @Test func internVL() throws {
    #expect(
      try InternVL.chatText(messages, imageTiles: [2], videoFrames: [2], tokensPerTile: 1) == """
        <|im_start|>user
        Frame1: <img><IMG_CONTEXT></img>
        Frame2: <img><IMG_CONTEXT></img>
        What moves?<|im_end|>
        <|im_start|>assistant
        A dog.<|im_end|>
        <|im_start|>user
        <img><IMG_CONTEXT><IMG_CONTEXT></img>
        And here?<|im_end|>
        <|im_start|>assistant

        """)
  }

  /// Bytes decide: a mark after the word makes another character of its last one, not another word.
  @Test(arguments: ["<|image_pad|>", "<|video_pad|>\u{301}", "<IMG_CONTEXT>", "<video>\u{301}"])
  func noPlaceholderInAText(_ word: String) throws {
    let messages = [ChatMessage(.user, [.text("What is \(word)?")])]
    let isQwens = word.hasPrefix("<|")
    func qwen() throws -> String { try Qwen25VL.chatText(messages) }
    func internVL() throws -> String { try InternVL.chatText(messages, tokensPerTile: 1) }
    #expect(try (isQwens ? internVL() : qwen()).utf8.contains("What is \(word)?<|im_end|>".utf8))
    #expect(throws: VisionLanguageError.self) { try isQwens ? qwen() : internVL() }
  }

  @Test func countsMustFit() {
    #expect(throws: VisionLanguageError.self) {
      try Qwen25VL.chatText(messages, imageTokens: [2, 3], videoTokens: [3])
    }
    #expect(throws: VisionLanguageError.self) {
      try InternVL.chatText(messages, imageTiles: [2], videoFrames: [0], tokensPerTile: 1)
    }
  }
}
