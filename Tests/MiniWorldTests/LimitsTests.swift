import JSON
import MiniWorld
import Testing
import Video

/// Worlds of somebody else, with numbers and texts that nobody means: refused at once, with their
/// place.
@Suite("The bounds of a world")
struct ScenesLimitsTests {
  static let absurd: [(old: String, new: [String], place: String)] = [
    ("\"width\": 48", ["1000000", "4611686018427387904", "-1", "0"], "frame.width"),
    ("\"height\": 48", ["1000000", "9223372036854775807", "1e300"], "frame.height"),
    ("\"frames\": 17", ["1000000", "9223372036854775807", "-3"], "frame.frames"),
    ("\"rate\": 8", ["1e300", "0", "-1"], "frame.rate"),
    ("\"count\": [10, 14]", ["[-1, 14]", "[0, 9223372036854775807]", "[1]", "[]"], "specks.count"),
    ("\"width\": 2,", ["-2,", "0,", "1e30,", "1e9,", "500,"], "specks.width"),
    ("\"speed\": 1.5", ["1e38", "-1e300"], "specks.speed"),
    ("\"cell\": 9", ["9223372036854775807", "0", "-9"], "background.cell"),
    ("\"tint\": 10", ["-1e300", "-1", "1e300"], "background"),
    ("\"candidates\": 6", ["1000000", "10000", "0", "9223372036854775807"], "objects.candidates"),
    ("\"margin\": 0.5", ["-1e300", "-0.5"], "objects.margin"),
    ("\"gap\": 1.5", ["1e300"], "objects.gap"),
    ("\"fullFrameWidth\": [34, 40]", ["[34, 1e6]", "[34, 193]"], "objects.fullFrameWidth"),
    ("\"fullFrameWander\": 2", ["1e300"], "objects.fullFrameWander"),
    ("\"amplitude\": [5, 6]", ["[-1e6, 6]", "[-1, 6]"], "motions.repeat.amplitude"),
    ("\"counts\": [1, 2, 3]", ["[9223372036854775807]", "[0]", "[-1]"], "counts"),
    ("\"factor\": 1.8", ["1e300", "1e30"], "motions.resize.factor"),
    ("\"halfPeriod\": 4", ["9223372036854775807", "0", "-4"], "motions.blink.halfPeriod"),
    ("\"distance\": 6", ["-6", "1e300"], "camera.distance"),
    ("\"zoom\": 1.3", ["1e300", "1e5"], "camera.zoom"),
    ("\"centre\": 8", ["-8", "1e300"], "places.centre"),
    ("\"clearance\": 2", ["-1e300", "-2"], "places.clearance"),
    ("\"weight\": 0.4", ["1e300"], "themes[0].weight"),
    ("\"count\": 40000", ["9223372036854775807", "0", "1e300"], "splits[0].count"),
    ("\"movers\": [1, 5]", ["[1, 9223372036854775807]", "[-9223372036854775808, 5]"], "movers"),
    ("\"statics\": [0, 2]", ["[0, 9223372036854775807]", "[-1, 2]"], "statics"),
    ("\"dense\": 0.4", ["1e300"], "texts.dense"),
  ]

  @Test(arguments: absurd.indices)
  func absurdNumbersAreRefused(_ index: Int) throws {
    let (old, values, place) = Self.absurd[index]
    let key = old.prefix { $0 != ":" }
    for value in values {
      do {
        _ = try World.changed(old, to: "\(key): \(value)")
        Issue.record("\(key): \(value) was accepted")
      } catch {
        #expect("\(error)".hasPrefix("world.json:"), "\(error)")
        #expect("\(error)".contains(place), "\(error)")
      }
    }
  }

  @Test("What single bounds allow can be too much together")
  func sums() throws {
    for (changes, place) in [
      (["\"width\": 48": "\"width\": 4096", "\"height\": 48": "\"height\": 4096"], "frame"),
      (
        ["\"frames\": 17": "\"frames\": 4096", "\"candidates\": 6": "\"candidates\": 100"],
        "objects.candidates"
      ),
      (
        ["\"count\": [10, 14]": "\"count\": [10, 10000]", "\"width\": 2,": "\"width\": 150,"],
        "specks"
      ),
      (
        [
          "\"width\": 48": "\"width\": 1200", "\"height\": 48": "\"height\": 1200",
          "\"cell\": 9": "\"cell\": 1", "\"zoom\": 1.3": "\"zoom\": 16",
        ], "background.cell"
      ),
    ] {
      do {
        _ = try World.changed(changes)
        Issue.record("\(changes) was accepted")
      } catch { #expect("\(error)".hasPrefix("world.json: \(place):"), "\(error)") }
    }
  }

  @Test("Long words and long lists are refused")
  func texts() throws {
    let word = String(repeating: "a", count: 100_000)
    for (old, new, place) in [
      ("\"name\": \"red\"", "\"name\": \"\(word)\"", "colours[0].name"),
      ("\"circle\": \"circle\"", "\"circle\": \"\(word)\"", "words.shapes.circle"),
      ("\"answer\": \"bounce\"", "\"answer\": \"\(word)\"", "phrases.bounce.answer"),
      ("\"task\": \"MR\"", "\"task\": \"\(word)\"", "questions[0].task"),
      ("\"name\": \"red\"", "\"name\": \"\(word.prefix(65))\"", "words"),
      (
        "\"counts\": [\"zero\"",
        "\"counts\": [\(String(repeating: "\"z\", ", count: 2000))\"zero\"", "words.counts"
      ),
    ] {
      do {
        _ = try World.changed(old, to: new)
        Issue.record("\(new.prefix(60)) was accepted")
      } catch {
        #expect("\(error)".hasPrefix("world.json: \(place)"), "\("\(error)".prefix(300))")
        #expect("\(error)".utf8.count < 1000)
      }
    }
  }

  @Test("A world in which a clip can have no question is refused")
  func noQuestion() throws {
    let text = try World.text()
    let begin = try #require(text.range(of: "\"questions\": ["))
    let end = try #require(text.range(of: "],\n  \"splits\""))
    let json = try JSONValue(
      parsing: text[..<begin.upperBound]
        + #"{"benchmark": "motionbench", "task": "AO", "about": "sequence","#
        + #" "prompt": "order of the {shape} in {colour}"}"#
        + text[end.lowerBound...])
    #expect(throws: SceneError.self) { try SceneSpecification(JSONNode(json)) }
  }

  @Test("Questions with fewer options than others are dealt, too")
  func fewOptions() throws {
    // Four colours, most of whose objects turn: other colours are often true in part.
    var text = try World.text()
    text = text.replacing(#/"movers": \[\d, \d\], "statics": \[\d, \d\]/#) { _ in
      "\"movers\": [4, 4], \"statics\": [0, 0]"
    }
    text = text.replacing(
      #/,\n    \{"name": "(cyan|magenta|white|orange)", "rgb": [^}]*\}/#, with: "")
    text = text.replacing("\"count\": 40000", with: "\"count\": 60")
    let world = try SceneSpecification(JSONNode(JSONValue(parsing: text)))
    #expect(world.colours.count == 4)
    var items: [BenchmarkItem] = []
    for count in [4, 8, 12, 16, 20] {
      // Where a split has too few of a task, the error says so.
      items +=
        (try? BenchmarkBuilder(world, seed: 1).build(
          split: "vision-pretrain", questionsPerTask: count)) ?? []
    }
    #expect(!items.isEmpty)
    #expect(items.allSatisfy { $0.question.options.indices.contains($0.question.answerIndex) })
  }
}
