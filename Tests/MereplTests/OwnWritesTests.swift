import Foundation
import Testing

/// What merepl writes by itself follows no link, and nothing that it read is replaced.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct OwnWritesTests {
  private static let table = "me 1\ntable \"T\" { row \"a\": 1 }\n"

  private func link(_ program: Program, _ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(program.folder)/\(name)", withDestinationPath: target)
  }

  @Test(arguments: [[], ["--untrusted"], ["--out", "place"]])
  func aLockIsNotWrittenThroughALink(flags: [String]) throws {
    let program = try Program(copiesData: true)
    try program.write(Self.table, to: "s.me")
    try program.write("precious", to: "outside.txt")
    if flags.contains("--out") {
      try FileManager.default.createDirectory(
        atPath: "\(program.folder)/place", withIntermediateDirectories: true)
      try link(program, "place/s.lock", to: "../outside.txt")
    } else {
      try link(program, "s.lock", to: "outside.txt")
    }
    let run = try program.run(["run"] + flags + ["s.me"])
    #expect(run.status == 1 && run.errors.contains("symbolic link"), "\(run.errors)")
    #expect(try program.read("outside.txt") == "precious")
  }

  @Test func aFigureIsNotDrawnThroughALink() throws {
    let program = try Program(copiesData: true)
    try program.write(
      "me 1\nfigure \"f\" line([1, 2], curves: {a: [1, 2]}, x_label: \"x\", y_label: \"y\")\n",
      to: "f.me")
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/figures", withIntermediateDirectories: true)
    try program.write("precious", to: "outside.txt")
    try link(program, "figures/f.svg", to: "../outside.txt")
    let run = try program.run("run", "f.me")
    #expect(run.status == 1, "\(run.errors)")
    #expect(try program.read("outside.txt") == "precious")
  }

  @Test func aRecordIsNotWrittenThroughALink() throws {
    let program = try Program(copiesData: true)
    try program.write(Self.table, to: "s.me")
    for folder in [".merepl", "elsewhere"] {
      try FileManager.default.createDirectory(
        atPath: "\(program.folder)/\(folder)", withIntermediateDirectories: true)
    }
    try link(program, ".merepl/runs", to: "../elsewhere")
    let run = try program.run("run", "s.me")
    #expect(run.errors.contains("cannot write the record of this run"), "\(run.errors)")
    #expect(program.files(below: "elsewhere").isEmpty)
  }

  /// Every command that reads a file and writes one, asked to write over what it reads.
  @Test(arguments: [
    (["run", "q.lock"], "q.lock"), (["run", "--untrusted", "q.lock"], "q.lock"),
    (["report", "y.me", "-o", "y.me"], "y.me"), (["report", "y.me", "-o", "y.lock"], "y.lock"),
    (["report", "y.me", "-o", "part.me"], "part.me"),
    (["bundle", "y.me", "-o", "y.lock"], "y.lock"), (["bundle", "y.me", "-o", "y.me"], "y.me"),
    (["bundle", "y.me", "-o", "other"], "y.me"),
    (["bundle", "y.me", "-o", "data/scenes/world.json"], "data/scenes/world.json"),
    (["preprocess", "m", "--text", "x", "--out", "m/vocab.json"], "m/vocab.json"),
    (["preprocess", "m", "--text", "x", "--out", "m/config.json"], "m/config.json"),
    (
      ["forward", "m", "--in", "in.safetensors", "--out", "m/model.safetensors"],
      "m/model.safetensors"
    ),
    (["forward", "m", "--in", "in.safetensors", "--out", "in.safetensors"], "in.safetensors"),
    (["run", "w.me"], "out/w.safetensors"),
  ])
  func whatWasReadIsNotReplaced(arguments: [String], file: String) throws {
    let program = try Program(copiesData: true)
    try FileManager.default.copyItem(
      atPath: "\(program.folder)/data/checkpoints/qwen2.5-vl-mini-0", toPath: "\(program.folder)/m")
    try program.write(Self.table, to: "q.lock")
    try program.write("me 1\ninclude \"part.me\"\ntable \"T\" { row \"a\": x }\n", to: "y.me")
    try program.write("me 1\nlet x = 1\n", to: "part.me")
    #expect(try program.run("run", "y.me", "--quiet").status == 0)
    try FileManager.default.linkItem(
      atPath: "\(program.folder)/y.me", toPath: "\(program.folder)/other")
    try program.write(
      "me 1\nprint(write_tensor(tensor([1, 2]), to: \"out/w.safetensors\"))\n", to: "v.me")
    #expect(try program.run("run", "v.me", "--quiet").status == 0)
    try program.write(
      """
      me 1
      let t = read_tensor("out/w.safetensors", name: "tensor")
      print(write_tensor(t + t, to: "out/w.safetensors"))
      """, to: "w.me")
    try FileManager.default.copyItem(
      atPath: "\(program.folder)/out/w.safetensors", toPath: "\(program.folder)/in.safetensors")
    let path = "\(program.folder)/\(file)"
    let before = FileManager.default.contents(atPath: path)
    let outcome = try program.run(arguments)
    #expect(outcome.status != 0, "\(outcome.output) \(outcome.errors)")
    #expect(before != nil && before == FileManager.default.contents(atPath: path))
  }

  @Test func includesHaveASum() throws {
    let program = try Program()
    let filler =
      "me 1\n" + String(repeating: "# " + String(repeating: "x", count: 98) + "\n", count: 9000)
    var text = "me 1\n"
    for number in 0..<8 {
      try program.write(filler, to: "p\(number).me")
      text += "include \"p\(number).me\"\n"
    }
    try program.write(text, to: "a.me")
    let outcome = try program.run("check", "a.me")
    #expect(outcome.status == 2 && outcome.errors.contains("exceed 4 MiB"), "\(outcome.errors)")
    // Many small ones, each including the next.
    for number in 0..<400 {
      try program.write("me 1\ninclude \"c\(number + 1).me\"\n", to: "c\(number).me")
    }
    let chain = try program.run("check", "c0.me")
    #expect(chain.status == 2 && chain.errors.contains("256 files"), "\(chain.errors.prefix(400))")
  }
}
