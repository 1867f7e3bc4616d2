import JSON
import Testing

@Suite struct AccessorTests {
  let document = JSONNode(
    [
      "vision_config": ["depth": 32, "scale": 2.0, "ratio": 0.5, "norm": nil],
      "sizes": [1, 2, "x"], "names": ["a", "b"], "layers": [["k": 1], ["k": true]],
    ], path: "config.json:")

  @Test func reads() throws {
    let vision = try document.object("vision_config")
    #expect(try vision.int("depth") == 32)
    #expect(try vision.int("scale") == 2)
    #expect(try vision.double("depth") == 32)
    #expect(try vision.double("ratio") == 0.5)
    #expect(try document.strings("names") == ["a", "b"])
    #expect(try document.objects("layers")[0].int("k") == 1)
    #expect(try document.value.object("vision_config").int("depth") == 32)
  }

  @Test func defaults() throws {
    let vision = try document.object("vision_config")
    #expect(try vision.int("absent", default: 7) == 7)
    #expect(try vision.string("norm", default: "rms") == "rms")
    #expect(try vision.find("norm") == nil)
    #expect(try vision.int("depth", default: 7) == 32)
    #expect(try document.ints("absent", default: [3]) == [3])
  }

  @Test func errorsNameThePath() throws {
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message { _ = try document.object("vision_config").int("width") }
        == "config.json: vision_config: required key \"width\" is missing; its keys are depth, "
        + "scale, ratio, norm")
    let file = JSONNode(["a": 1], path: "config.json:")
    #expect(
      message { _ = try file.int("b") }
        == "config.json: required key \"b\" is missing; its keys are a")
    #expect(
      message { _ = try JSONNode([1], path: "config.json:").int("b") }
        == "config.json: expected an object, found an array of 1")
    #expect(
      message { _ = try document.ints("sizes") }
        == "config.json: sizes[2]: expected an integer, found a string")
    #expect(
      message { _ = try document.objects("layers")[1].int("k") }
        == "config.json: layers[1].k: expected an integer, found a boolean")
    #expect(
      message { _ = try document.object("vision_config").int("ratio") }
        == "config.json: vision_config.ratio: expected an integer, found a number")
    #expect(
      message { _ = try document.object("vision_config").int("depth", default: 3) } == "no error")
    #expect(
      message { _ = try document.object("names") }
        == "config.json: names: expected an object, found an array of 2")
    #expect(
      message { _ = try JSONValue.int(3).find("a") }
        == "<document>: expected an object, found an integer")
  }
}
