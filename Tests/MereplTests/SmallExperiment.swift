import Foundation

/// A whole experiment that takes a second: one fine-tuning, two scores, one claim, one figure.
enum SmallExperiment {
  static let text = """
    me 1
    param steps: int = 2 in 1..1000
    seed 3
    let vlm = model("qwen2.5-vl-7b")
    let clips = dataset("sft-25k", count: 4)
    let tuned = finetune(vlm, data: clips, samples: 4, steps: steps, batch: 2)
    fn score(split) {
      evaluate(tuned, on: [motionbench], split: split, questions: 1).motionbench_overall
    }
    let one = score("tune")
    let other = score("single")
    table "Scores" key "split" {
      row "tune": one
      row "single": other
    }
    claim "scores differ" one == other + 1
    figure "scores" bars({all: {tune: [one], single: [other]}}, y_label: "accuracy (%)")

    """

  /// A workspace in which it has run.
  static func finished(copiesData: Bool = false) throws -> Program {
    let program = try Program(copiesData: copiesData)
    try program.write(text, to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet")
    guard outcome.status == 0 else { throw Failure(text: outcome.errors) }
    return program
  }

  /// Its lock, from a run that nothing disturbed.
  static let lock: String = (try? finished().read("a.lock")) ?? "no lock"

  struct Failure: Error {
    let text: String
  }
}

extension Program {
  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(name)")
  }

  /// Every file below a folder.
  func files(below name: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: "\(folder)/\(name)")
    return (all?.compactMap { $0 as? String } ?? []).sorted().filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(
        atPath: "\(folder)/\(name)/\($0)", isDirectory: &isFolder) && !isFolder.boolValue
    }.map { "\(name)/\($0)" }
  }

  /// Flips one bit in the middle of a file.
  func flipBit(in name: String) throws {
    let url = URL(filePath: "\(folder)/\(name)")
    var data = try Data(contentsOf: url)
    data[data.count / 2] ^= 1
    try data.write(to: url)
  }

  /// Changes a text file.
  func edit(_ name: String, _ change: (String) -> String) throws {
    try write(change(try read(name)), to: name)
  }
}
