import Foundation
import Reporting
import Testing

/// The repository's `data/paper`, found from this file.
private let folder =
  URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path + "/data/paper"

@Suite struct PaperTablesTests {
  /// What the transcription must satisfy: the paper's own sums.
  @Test(arguments: [("table3", "MotionBench"), ("table4", "FAVOR-Bench")])
  func overallAndAverageFollowFromTheTasks(_ id: String, _ benchmark: String) throws {
    let tables = try PaperTables(folder: folder)
    let statistics = try tables.table("table2")
    let counts = zip(statistics.column("benchmark"), statistics.rows)
      .filter { $0.0 == benchmark }.map { (task: $0.1[1], count: Double($0.1[2]) ?? .nan) }
    #expect(counts.count == 6)
    let table = try tables.table(id)
    var checked = 0
    for label in table.labels {
      let accuracies = counts.compactMap { table.number(label, $0.task) }
      guard accuracies.count == counts.count else { continue }
      let weighted = zip(accuracies, counts).reduce(0) { $0 + $1.0 * $1.1.count }
      let overall = weighted / counts.reduce(0) { $0 + $1.count }
      let average = accuracies.reduce(0, +) / 6
      #expect(abs(overall - (table.number(label, "overall") ?? .nan)) <= 0.02, "\(label)")
      #expect(abs(average - (table.number(label, "average") ?? .nan)) <= 0.02, "\(label)")
      checked += 1
    }
    #expect(checked == (id == "table3" ? 10 : 21))
  }

  @Test func everyTableReads() throws {
    let tables = try PaperTables(folder: folder)
    #expect(tables.names.count == 17)
    for name in tables.names {
      let table = try tables.table(name)
      #expect(!table.rows.isEmpty && table.columns.count > 1, "\(name)")
    }
  }

  @Test func tablesHaveShortNames() throws {
    let tables = try PaperTables(folder: folder)
    #expect(try tables.table("table5").name == "motionenhancer-table5-steps-and-ratio")
    #expect(try tables.table("ablation").name == "motionenhancer-ablation-mhs-mtti")
    #expect(try tables.table("vda-table1").name == "vda-table1-videoqa")
    #expect(throws: PaperTableError.self) { try tables.table("vda") }
    #expect(throws: PaperTableError.self) { try tables.table("table") }
    #expect(throws: PaperTableError.self) { try tables.table("table9") }
    #expect(throws: PaperTableError.noFolder("/none")) { try PaperTables(folder: "/none") }
  }

  @Test func quotedLabelsAndNumbers() throws {
    let table = try PaperTables(folder: folder).table("table5")
    #expect(table.keyColumn == "variant")
    #expect(table.labels[0] == "Qwen2.5-VL-7B (25k SFT, average pooling)")
    #expect(table.number("5 steps for DDIM", "motionbench_overall") == 57.04)
    #expect(table.number("6 steps for DDIM", "motionbench_overall") == nil)
  }

  @Test func repeatedLabelsHaveNoSingleNumber() throws {
    let table = try PaperTables(folder: folder).table("vda-table3")
    #expect(table.number("VideoLaVIT + VDA", "msvd") == nil)
    #expect(table.number("VideoLaVIT", "msvd") == 65.07)
  }
}

@Suite struct CSVTests {
  @Test func recordsReadAndWrite() throws {
    let text = "a,b\r\n\"x, \"\"y\"\"\",\n\"two\nlines\",3\n"
    let records = [["a", "b"], ["x, \"y\"", ""], ["two\nlines", "3"]]
    #expect(try CSV.records(text) == records)
    #expect(try CSV.records(CSV.text(records)) == records)
    #expect(try CSV.records("a,") == [["a", ""]])
    #expect(try CSV.records("") == [])
  }

  @Test(arguments: ["\"open", "a\"b,c\n", "\"a\"b\n"])
  func brokenQuotesAreErrors(_ text: String) {
    #expect(throws: CSVError.self) { try CSV.records(text) }
  }

  @Test func unevenRowsAreErrors() {
    #expect(throws: PaperTableError.unevenRow("t", line: 2, expected: 2, found: 1)) {
      try PaperTable(name: "t", parsing: "a,b\n1\n")
    }
    #expect(throws: PaperTableError.empty("t")) { try PaperTable(name: "t", parsing: "a,b\n") }
  }
}
