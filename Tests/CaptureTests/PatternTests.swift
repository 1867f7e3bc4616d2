import Capture
import Testing

/// Which addresses patterns match, and what is said when they match none.
@Suite struct PatternTests {
  private let table =
    ActivationTable.states("embeddings.output", 8)
    + .stack(
      "blocks", 12, of: ActivationPoint.selfAttention(heads: 2, headDim: 4) + [.output(8)])
    + ActivationTable.stack("blocks", 1, of: [.output(6)]).inside("vision")

  private func matched(_ pattern: String) throws -> [String] {
    try ActivationSelection(pattern, of: table).points.map(\.address)
  }

  private func failure(_ pattern: String) -> CaptureError? {
    #expect(throws: CaptureError.self) { try ActivationSelection(pattern, of: table) }
  }

  @Test func componentsMatchWhole() throws {
    #expect(try matched("blocks.1.output") == ["blocks.1.output"])
    #expect(try matched("blocks.*.attention") == (0..<12).map { "blocks.\($0).attention" })
    #expect(try matched("blocks.{11,0}.output") == ["blocks.0.output", "blocks.11.output"])
    #expect(
      try matched("blocks.3.{keys,queries}") == ["blocks.3.queries", "blocks.3.keys"])
    #expect(try matched("*.output") == ["embeddings.output"])
    #expect(try matched("vision.*.*.output") == ["vision.blocks.0.output"])
  }

  @Test func severalPatternsAreSeparatedByCommas() throws {
    #expect(
      try matched("vision.blocks.0.output, blocks.{0,2}.output,blocks.2.output")
        == ["blocks.0.output", "blocks.2.output", "vision.blocks.0.output"])
  }

  @Test(arguments: [
    ("blocks.*.atention", "blocks.*.attention"), ("block.{0,2}.output", "blocks.{0,2}.output"),
    ("blocks.12.output", "blocks.1.output"), ("blocks.1", "blocks.1.keys"),
    ("vision.block.0.output", "vision.blocks.0.output"), ("embedings.output", "embeddings.output"),
    ("blocks.2.outputs", "blocks.2.output"), ("blocks.*.*.output", "blocks.0.output"),
  ])
  func theNearestAddressIsSuggested(pattern: String, nearest: String) {
    let error = failure(pattern)
    #expect(error == .noMatch(pattern, nearest: nearest))
    #expect(error?.description == "no activation matches '\(pattern)'")
    #expect(error?.suggestion == "did you mean '\(nearest)'?")
  }

  @Test func nothingIsSuggestedForNonsense() {
    #expect(failure("transformer_blocks_of_another_model") != nil)
    #expect(failure("xyzzyxyzzyxyzzyxyzzy")?.suggestion == nil)
  }

  @Test func everyPatternMustMatch() {
    #expect(failure("blocks.*.output,blocks.*.values") != nil)
    #expect(throws: CaptureError.self) {
      try ActivationSelection("blocks.*.output", of: ActivationTable([]))
    }
  }

  @Test(arguments: ["", "blocks..output", "blocks.*x.output", "blocks.{1,}.output", "blocks.{1.y"])
  func invalidPatternsAreExplained(pattern: String) {
    guard case .pattern(let text, let reason) = failure(pattern) else {
      Issue.record("\(pattern) is accepted")
      return
    }
    #expect(text == pattern && !reason.isEmpty)
  }

  @Test func queriesAreSelectedOnlyWhereThePassCan() {
    #expect(throws: CaptureError.queries(address: "blocks.0.attention")) {
      try ActivationSelection("blocks.0.attention", queries: [1], of: table)
    }
  }
}
