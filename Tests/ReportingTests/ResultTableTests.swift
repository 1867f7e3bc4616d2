import Experiments
import Reporting
import Testing

private func sample() throws -> ResultTable {
  var table = ResultTable(
    title: "Table 5", key: "variant", columns: [.measured("mb"), .measured("n", digits: 0)],
    notes: [ResultTable.miniScaleNote])
  try table.addRow("2 steps", [.measured([40, 41, 42]), .measured([7])])
  try table.addRow("5|10 steps", [.measured([50.5, 50.5, 50.5]), .empty])
  return table
}

private let paper = """
  variant,mb_overall
  2 steps,52.76
  10 steps,57.51

  """

@Suite struct ResultTableTests {
  @Test func textIsAligned() throws {
    let table = try sample().beside(
      PaperTable(name: "table5", parsing: paper), names: ["mb": "mb_overall"])
    let rule = String(repeating: "─", count: 39)
    #expect(
      table.text == """
        Table 5
        \(rule)
        variant               mb  mb (paper)  n
        \(rule)
        2 steps     41.00 ± 2.48       52.76  7
        5|10 steps  50.50 ± 0.00
        \(rule)
        mean ± half the 95% confidence interval over 1 to 3 seeds
        (paper): published number, not measured here
        mini scale: shows whether the mechanism appears, not the paper's percentages

        """)
  }

  @Test func longHeadingsTakeSeveralLines() throws {
    var table = ResultTable(
      title: "T", key: "variant",
      columns: [.measured("literal motionbench_overall"), .measured("n")])
    try table.addRow("a", [.measured([1]), .measured([2])])
    let rule = String(repeating: "─", count: 27)
    #expect(
      table.text == """
        T
        \(rule)
                      literal
                 motionbench_
        variant       overall     n
        \(rule)
        a                1.00  2.00
        \(rule)

        """)
  }

  @Test func markdownEscapesBars() throws {
    let markdown = try sample().markdown
    #expect(markdown.contains("| 5\\|10 steps | 50.50 ± 0.00 |  |"))
    #expect(markdown.contains("| --- | ---: | ---: |"))
    #expect(markdown.contains("*\(ResultTable.miniScaleNote)*"))
  }

  @Test func csvHasEverySeed() throws {
    let records = try CSV.records(sample().csv)
    #expect(
      records[0] == [
        "variant", "mb", "mb half-width", "mb values", "n", "n half-width", "n values",
      ])
    #expect(records[1][1] == "41.0" && records[1][3] == "40.0 41.0 42.0")
    #expect(records[1][4...] == ["7.0", "", "7.0"])
    #expect(records[2][4...] == ["", "", ""])
  }

  @Test func latexEscapes() throws {
    var table = ResultTable(title: "A & B", columns: [.measured("50% of_it")])
    try table.addRow("x", [.measured([1, 2])])
    #expect(table.latex.contains("\\caption{A \\& B}"))
    #expect(table.latex.contains("50\\% of\\_it"))
    #expect(table.latex.contains("x & 1.50 $\\pm$ 6.35 \\\\"))
  }

  @Test func publishedAndMeasuredNeverShareAColumn() throws {
    var table = ResultTable(title: "T", columns: [.measured("a"), .published("a")])
    #expect(throws: TableError.wrongOrigin(table: "T", row: "x", column: "a")) {
      try table.addRow("x", [.published(1), .published(1)])
    }
    #expect(throws: TableError.wrongOrigin(table: "T", row: "x", column: "a (paper)")) {
      try table.addRow("x", [.measured([1]), .measured([1])])
    }
    try table.addRow("x", [.measured([1]), .published(2)])
    #expect(throws: TableError.wrongOrigin(table: "T", row: "x", column: "b")) {
      try table.addColumn(.measured("b"), [.published(3)])
    }
    #expect(try table.cell("x", "a") == .measured([1]))
    #expect(try table.cell("x", "a", .published) == .published(2))
  }

  @Test func mistakesAreNamed() throws {
    var table = try sample()
    #expect(throws: TableError.repeatedRow(table: "Table 5", row: "2 steps")) {
      try table.addRow("2 steps", [.empty, .empty])
    }
    #expect(throws: TableError.cellCount(table: "Table 5", row: "y", expected: 2, found: 1)) {
      try table.addRow("y", [.empty])
    }
    #expect(throws: TableError.noValues(table: "Table 5", row: "y", column: "mb")) {
      try table.addRow("y", [.measured([]), .empty])
    }
    #expect(throws: TableError.self) { try table.cell("3 steps", "mb") }
    #expect(throws: TableError.self) { try table.cell("2 steps", "mbx") }
  }
}

@Suite struct ClaimListTests {
  @Test func everyClaimIsListed() throws {
    let claims = ClaimList([
      JudgedClaim(
        "5 steps beat 2", better: try PairedComparison([50, 51, 52], [40, 42, 41])),
      JudgedClaim("10 beat 5", better: try PairedComparison([50, 51], [51, 50])),
      JudgedClaim("one seed", better: try PairedComparison([1], [0])),
    ])
    #expect(
      claims.text == """
        supported      5 steps beat 2  +10.00 [+7.52, +12.48] over 3 seeds
        inconclusive   10 beat 5       0.00 [-12.71, +12.71] over 2 seeds
        inconclusive   one seed        +1.00, n = 1: no interval
        3 claims: 1 supported, 2 inconclusive

        """)
    #expect(claims.markdown.contains("| 10 beat 5 | inconclusive |"))
  }
}
