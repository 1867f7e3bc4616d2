import Checkpoints
import Foundation
import JSON
import Tensors
import Testing
import Video
import VisionLanguage

/// Against the image and video processors of transformers (Tests/Reference/processors.py).
@Suite struct LibraryProcessorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let node: JSONNode
    var name: String { (try? node.string("name")) ?? "" }
    var testDescription: String { name }
  }

  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/\(name)").path(percentEncoded: false)
  }

  static func cases(_ kind: String, _ className: String) -> [Case] {
    let all = try? JSONNode(contentsOfFile: path("processors.json")).asArray().map(Case.init)
    return (all ?? []).filter {
      $0.name.hasPrefix(kind)
        && (try? $0.node.object("config").strings("architectures").first) == className
    }
  }

  static let qwen = "Qwen2_5_VLForConditionalGeneration"
  static let internVL = "InternVLForConditionalGeneration"

  let file: SafetensorsFile

  init() throws { file = try SafetensorsFile(Self.path("processors.safetensors")) }

  func clip(_ reference: Case) throws -> Clip {
    let shape = try #require(file.find(reference.name + ".frames")?.shape)
    return Clip(
      frames: shape[0], height: shape[1], width: shape[2],
      pixels: try file.integers(reference.name + ".frames").map(UInt8.init), framesPerSecond: 1)
  }

  func qwenProcessor(_ reference: Case) throws -> Qwen25VL.Processor {
    var processor = try Qwen25VL.Processor(
      Qwen25VL.Configuration(reference.node.object("config")),
      preprocessor: reference.node.object("options"))
    processor.rules = .library
    return processor
  }

  func internVLProcessor(_ reference: Case) throws -> InternVL.Processor {
    var processor = try InternVL.Processor(
      InternVL.Configuration(reference.node.object("config")),
      preprocessor: reference.node.object("options"))
    processor.rules = .library
    return processor
  }

  @Test func thereAreCases() {
    #expect(Self.cases("picture", Self.qwen).count == 5)
    #expect(Self.cases("video", Self.qwen).count == 3)
    #expect(Self.cases("picture", Self.internVL).count == 3)
    #expect(Self.cases("video", Self.internVL).count == 3)
  }

  @Test(arguments: cases("picture", qwen))
  func qwenPictures(_ reference: Case) throws {
    let found = try qwenProcessor(reference).picture(clip(reference))
    let grid = found.grid
    #expect(try [grid.frames, grid.height, grid.width] == reference.node.ints("grid"))
    expectClose(found.patches, try file.tensor(reference.name + ".values"), 1e-6, "patches")
  }

  @Test(arguments: cases("video", qwen))
  func qwenVideos(_ reference: Case) throws {
    let processor = try qwenProcessor(reference)
    let (clip, rate) = (try clip(reference), try reference.node.double("rate"))
    let sampling = try reference.node.object("sampling")
    var policy = processor.framePolicy
    var selection = FrameSelection(indices: Array(0..<clip.frames), framesPerSecond: rate)
    if let wanted = try sampling.find("fps")?.asDouble() {
      policy.framesPerSecond = wanted
      selection = try policy.select(total: clip.frames, rate: rate)
    } else if let count = try sampling.find("num_frames")?.asInt() {
      selection = try policy.select(count: count, total: clip.frames, rate: rate)
    }
    #expect(try selection.indices == reference.node.ints("frames"))
    let found = try processor.video(
      clip.selecting(selection.indices), framesPerSecond: selection.framesPerSecond)
    #expect(try found.secondsPerStep == Float(reference.node.double("seconds")))
    let grid = found.grid
    #expect(try [grid.frames, grid.height, grid.width] == reference.node.ints("grid"))
    expectClose(found.patches, try file.tensor(reference.name + ".values"), 1e-6, "patches")
  }

  @Test(arguments: cases("picture", internVL))
  func internVLPictures(_ reference: Case) throws {
    let found = try internVLProcessor(reference).pictureTiles(clip(reference))
    #expect(try [found.shape[0]] == reference.node.ints("grid"))
    expectClose(found, try file.tensor(reference.name + ".values"), 1e-6, "tiles")
  }

  @Test(arguments: cases("video", internVL))
  func internVLVideos(_ reference: Case) throws {
    let processor = try internVLProcessor(reference)
    let clip = try clip(reference)
    let sampling = try reference.node.object("sampling")
    var indices = Array(0..<clip.frames)
    if let wanted = try sampling.find("fps")?.asDouble() {
      let count = Double(clip.frames) / (try reference.node.double("rate")) * wanted
      indices = try processor.frames(Int(count), of: clip.frames)
    } else if let count = try sampling.find("num_frames")?.asInt() {
      indices = try processor.frames(count, of: clip.frames)
    }
    #expect(try indices == reference.node.ints("frames"))
    let found = try processor.videoTiles(clip.selecting(indices))
    expectClose(found, try file.tensor(reference.name + ".values"), 1e-6, "tiles")
  }
}
