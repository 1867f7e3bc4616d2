import JSON
import MiniWorld
import Testing
import Video

@Suite("The specification of the mini world")
struct ScenesSpecificationTests {
  @Test("The world of the repository is read whole")
  func readsTheWorld() {
    let world = World.specification
    #expect(world.frame.width == 48 && world.frame.height == 48 && world.frame.frames == 17)
    #expect(world.colours.count == 8)
    #expect(Set(world.questions.map(\.name)).count == 12)
    #expect(
      world.questions.filter { $0.benchmark == .motionbench }.map(\.task)
        == ["MR", "LM", "AO", "RC", "MO", "CM"])
    #expect(
      world.questions.filter { $0.benchmark == .favorbench }.map(\.task)
        == ["AS", "HAC", "SAD", "MAD", "CM", "NSM"])
    // Four ways, twelve turns, three bounces, three shakes, two resizes, blinking, stillness.
    #expect(world.actions.count == 26)
  }

  @Test(
    "A wrong value is refused with its place and a remedy",
    arguments: [
      ("\"frames\": 17", "\"frames\": 1", "frame.frames: 1 frames cannot show motion"),
      ("\"rgb\": [224, 44, 44]", "\"rgb\": [224, 44, 256]", "colours[0].rgb"),
      ("\"prefers\": \"left\"", "\"prefers\": \"sideways\"", "unknown action \"sideways\""),
      ("\"prefers\": \"left\"", "\"prefers\": \"still\"", "a moving object cannot be still"),
      ("\"prefers\": \"left\"", "\"prefers\": \"up\"", "duplicate \"up\""),
      ("\"name\": \"green\"", "\"name\": \"red\"", "duplicate \"red\""),
      ("\"gap\": 1.5", "\"gop\": 1.5", "unknown key \"gop\""),
      ("\"gap\": 1.5,", "", "required key \"gap\" is missing"),
      ("\"distance\": [14, 20]", "\"distance\": [20, 14]", "[20.0, 14.0] is not a valid range"),
      ("\"distance\": [14, 20]", "\"distance\": [14, 40]", "needs 50.0 px"),
      ("\"counts\": [1, 2, 3]", "\"counts\": [1, 2, 3, 9]", "no word for 9"),
      ("\"grey\": [40, 90]", "\"grey\": [40, 250]", "levels are outside 0 to 255"),
      ("goes {direction}", "goes {where}", "unknown placeholder {where}"),
      ("goes {direction}", "goes {direction", "unclosed brace"),
      (
        "motion of the {shape} in {colour}", "motion of the {colour} {shape}",
        "does not end with {colour}"
      ),
      ("\"about\": \"motion\"", "\"about\": \"mood\"", "unknown value \"mood\""),
      ("\"bias\": 0.8", "\"bias\": 1.8", "bias 1.8 is not a fraction"),
      ("\"movers\": [3, 5]", "\"movers\": [3, 7]", "up to 9 objects need as many colours"),
      ("scenes/tune", "scenes/test", "duplicate \"scenes/test\""),
      ("\"dense\": 0.6", "\"dense\": -0.6", "negative proportion"),
    ])
  func refusesWrongValues(old: String, new: String, expected: String) {
    do {
      _ = try World.changed(old, to: new)
      Issue.record("\(new) was accepted")
    } catch {
      let message = "\(error)"
      #expect(message.contains(expected), "\(message)")
      #expect(message.hasPrefix("world.json:"), "\(message)")
    }
  }

  @Test("An unknown split is named with those that exist")
  func unknownSplit() {
    do {
      _ = try World.dataset("tset")
      Issue.record("the split was accepted")
    } catch {
      #expect("\(error)".contains("\"tset\""))
      #expect("\(error)".contains("test-biased"))
    }
  }

  @Test("Templates know their blanks and words")
  func templates() throws {
    let template = try #require(TextTemplate("the {shape} in {colour}"))
    #expect(template.blanks == ["shape", "colour"])
    #expect(template.words == ["the", "in"])
    #expect(template.filled(["shape": "cross", "colour": "red"]) == "the cross in red")
    #expect(TextTemplate("the {shape") == nil)
  }

  @Test("Actions are read back from their written form")
  func actions() {
    let all = World.specification.actions
    #expect(Set(all.map(\.description)).count == all.count)
    for action in all { #expect(SceneAction(action.description, among: all) == action) }
    #expect(SceneAction("up then up", among: all) == nil)
  }
}
