import Foundation
import Testing

/// What Tab offers for the value in hand.
@Suite(.serialized, .enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct CompletionTests {
  let terminal: Terminal
  private let program: Program

  init() throws {
    program = try Program()
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/scripts", withIntermediateDirectories: true)
    try program.write("me 1\n", to: "table-of-tests.me")
    try program.write("a note", to: "notes.txt")
    terminal = try Terminal(program, ["--color", "never"])
    #expect(terminal.shows("me> ") != nil)
    for line in [
      "let vdm = model(\"cogvideox-1.5-5b\");", "let clips = dataset(\"sft-25k\", count: 3);",
      "let priors = extract(vdm, data: clips, steps: 1);",
      "let layered = extract(vdm, data: clips, steps: 1, heads: \"per-layer\");",
    ] {
      terminal.enter(line)
      #expect(terminal.shows("me> ") != nil)
    }
  }

  /// What a line shows after two Tabs, up to its own second appearance.
  private func offered(_ line: String) -> [String] {
    terminal.type(line)
    #expect(terminal.shows(line) != nil)
    terminal.type("\t\t")
    // The list, then the line anew.
    let list = terminal.shows("me> " + line) ?? ""
    terminal.type("\u{15}")
    return list.split(whereSeparator: { $0 == "\r\n" || $0 == "\n" }).map {
      String($0.drop { $0 == " " || $0 == "\u{7}" })
    }
  }

  @Test func aWordIsOfferedFromTheSentenceOfTheClip() {
    let first = offered("show priors token: \"")
    #expect(first.contains { $0.contains("the") || $0.contains("of") }, "\(first)")
    let third = offered("show priors clip: 2 token: \"")
    #expect(first != third)
    #expect(offered("show priors[2] token: \"").dropLast() == third.dropLast())
    #expect(offered("priors[2] |> show(token: \"").dropLast() == third.dropLast())
    // Nothing was extracted for that.
    terminal.enter("1 + 1")
    #expect(terminal.shows("2\r\n")?.contains("extracting") == false)
  }

  @Test func headsLayersAndClipsAreNumbered() {
    #expect(offered("show(priors, head: ").joined(separator: " ").contains("0  1  2  3"))
    #expect(offered("show(layered, layer: ").joined(separator: " ").contains("0"))
    let clips = offered("show clips clip: ").joined(separator: " ")
    #expect(clips.contains("2") && !clips.contains("3"))
  }

  @Test(arguments: [
    ("extract(vdm, text: \"cap\t", "caption\""), ("show priors tok\t", "token: "),
    ("extract(vdm, memory: f\t", "false"), ("clips.co\t", "clips.count"),
    ("vdm.la\t", "vdm.layers"),
    (
      "read_tensor(\"data/che\tqwen2.5-vl-mini-0/conf\t",
      "data/checkpoints/qwen2.5-vl-mini-0/config.json\""
    ),
    ("let m = model(\"cog\t", "model(\"cogvideox-1.5-5b\""),
    ("paper(\"table5\t", "paper(\"table5\""),
    (":load scr\t", ":load scripts/"), ("clips |> ora\t", "clips |> oracle"),
    ("include \"table-of\t", "table-of-tests.me\""), (":lo\t", ":load "),
    ("help alig\t", "help alignment"), ("?extr\t", "?extract"), (":type pri", "pri"),
  ])
  func theOnlyWayToGoOnIsInserted(typed: String, line: String) {
    terminal.type(typed)
    #expect(terminal.shows(line) != nil, "\(typed)")
    terminal.type("\u{15}")
  }

  @Test func namesOfModelsTablesAndDatasetsAreListed() {
    for (line, name) in [
      ("model(\"", "qwen2.5-vl-7b"), ("paper(\"", "vda-table1"), ("let d = dataset(\"", "sft-25k"),
    ] {
      let list = offered(line).joined(separator: " ")
      #expect(list.contains(name) && !list.contains("merepl/"), "\(list)")
    }
  }

  @Test func scriptsAndFoldersAreOfferedToLoad() {
    let list = offered(":load ").joined(separator: " ")
    #expect(list.contains("table-of-tests.me") && list.contains("scripts/"), "\(list)")
    #expect(!list.contains("notes.txt"), "\(list)")
  }

  @Test func behindAPipeComeTheCommandsThatTakeTheValue() {
    let clips = offered("clips |> ")
    #expect(clips.contains { $0.hasPrefix("oracle") } && clips.contains { $0.hasPrefix("show") })
    #expect(!clips.contains { $0.contains("else") || $0.hasPrefix("select_heads") }, "\(clips)")
    let priors = offered("extract(vdm, data: clips) |> ")
    #expect(priors.contains { $0.hasPrefix("select_heads") }, "\(priors)")
  }

  @Test func argumentsComeWithTheirTypes() {
    let list = offered("extract(vdm, ")
    let steps = list.first { $0.hasPrefix("steps:") }
    #expect(steps?.contains("int = 5 in 1..1000") == true, "\(list)")
    #expect(offered("extract(vdm, steps: 2, ").contains { $0.hasPrefix("steps:") } == false)
    let values = offered("extract(vdm, text: \"").joined(separator: " ")
    #expect(values.contains("caption") && values.contains("question+answer"), "\(values)")
  }
}
