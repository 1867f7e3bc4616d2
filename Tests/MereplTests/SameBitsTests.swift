import Foundation
import Testing

/// Every expensive command on a handful of clips, under everything that must not change a bit.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct SameBitsTests {
  /// Each command whose results are kept; lines that do not need each other are marked.
  static let script = """
    me 1
    seed 11
    let few = dataset("vdm-pretrain", count: 4)
    let cells = dataset("vision-pretrain", count: 4)
    let singles = dataset("vlm-pretrain", count: 4)
    let clips = dataset("sft-25k", count: 4)
    let vae = train_vae("cogvideox-1.5-5b", data: few, steps: 2, batch: 2)
    let vdm = train_vdm(vae, data: few, steps: 2, batch: 3, grounding: 0.5)
    let tower = train_vision("qwen2.5-vl-7b", data: cells, steps: 2, batch: 3)
    let vlm = train_decoder(tower, data: singles, steps: 2, batch: 3)
    let own = extract(vdm, data: clips, steps: 1)
    let joined = ensemble([own, extract(model("cogvideox-1.5-5b"), data: clips, steps: 1)])
    let aims = joined |> select_heads() |> select_tokens()
    let tuned = finetune(vlm, data: clips, align: aims, samples: 4, steps: 2, batch: 3)
    table "Places" { row "all": localisation(joined, words: "all") }
    table "Kept" { row "all": autoencoder_loss(vdm, data: clips) }
    table "Text" { row "all": text_use(vdm, data: clips, timesteps: [99]) }
    table "Score" {
      for how in ["likelihood", "words", "letter"] {
        row "{how}": evaluate(tuned, on: [motionbench], split: "tune", questions: 1, scoring: how)
      }
    }
    table "Steps" { row "all": reconstruction(own) }
    table "Energy" { row "all": specific_energy(shuffled(oracle(clips))) }
    let heads = head_scores(joined)
    table "Heads" { for h in range(len(heads) - 1) { row "{h}": heads[h] } }
    print(save(vdm, to: "out/vdm"))
    print(save(tuned, to: "out/vlm"))

    """

  struct Setting: CustomTestStringConvertible, Sendable {
    let name: String
    var arguments: [String] = []
    var environment: [String: String?] = [:]
    var program: [String] = []
    var edit: @Sendable (String) -> String = { $0 }

    var testDescription: String { name }
  }

  static let settings = [
    Setting(name: "1 thread", arguments: ["--threads", "1"]),
    Setting(name: "7 threads", arguments: ["--threads", "7"]),
    Setting(name: "--jobs 1", arguments: ["--jobs", "1"]),
    Setting(name: "--jobs 3", arguments: ["--jobs", "3"]),
    // Every other setting has a hash seed of its own, drawn anew in each process.
    Setting(name: "fixed hash seed", environment: ["SWIFT_DETERMINISTIC_HASHING": "1"]),
    Setting(
      name: "glibc without FMA and AVX2",
      environment: ["GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2"]),
    // On a processor with wider vectors than these.
    Setting(name: "AVX2", environment: ["MEREPL_INSTRUCTIONS": "avx2"]),
    Setting(
      name: "order of independent lines",
      edit: { text in
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // Tables of one line that need no line between them, and two of the datasets.
        let tables = lines.indices.filter {
          lines[$0].hasPrefix("table") && lines[$0].hasSuffix("}") && !lines[$0].contains("heads")
        }
        var turned = lines
        for (place, other) in zip(tables, tables.reversed()) { turned[place] = lines[other] }
        let data = lines.indices.filter { lines[$0].contains("= dataset(") }
        turned.swapAt(data[0], data[data.count - 1])
        return turned.joined(separator: "\n")
      }),
  ]

  /// The lock and what was printed.
  /// - Parameter program: its workspace; a new one when nil
  private static func outcome(
    _ setting: Setting, in workspace: Program? = nil
  ) throws -> String {
    let program = try workspace ?? Program()
    try program.write(setting.edit(script), to: "a.me")
    let process = program.process(
      ["run", "a.me", "--quiet"] + setting.arguments, environment: setting.environment)
    // An emulator or another build takes the place of the program.
    if let first = setting.program.first {
      process.executableURL = URL(filePath: first)
      process.arguments = Array(setting.program.dropFirst()) + (process.arguments ?? [])
    }
    let (output, errors) = (Pipe(), "\(program.folder)/errors")
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      return "status \(process.terminationStatus): \(try program.read("errors"))"
    }
    // Hashes of the saved models; tables come in the order of the script.
    let hashes = text.split(separator: "\n").filter { $0.count == 64 }
    return try program.read("a.lock") + hashes.joined(separator: "\n")
  }

  private static let reference = Result {
    try outcome(Setting(name: "2 threads", arguments: ["--threads", "2"]))
  }

  @Test(arguments: settings)
  func theLockIsTheSame(setting: Setting) throws {
    let reference = try Self.reference.get()
    #expect(
      reference.contains("result text_use") && reference.contains("cell Score"), "\(reference)")
    #expect(try Self.outcome(setting) == reference)
  }

  /// A store that is cold, warm, and warm in some places only.
  @Test func theStoreChangesNoBit() throws {
    let program = try Program()
    let reference = try Self.reference.get()
    #expect(try Self.outcome(Setting(name: "cold"), in: program) == reference)
    let objects = program.files(below: ".merepl/objects")
    let warm = Setting(name: "warm", environment: ["MEREPL_TEST_KILL": "step 1"])
    #expect(try Self.outcome(warm, in: program) == reference, "a training began anew")
    #expect(program.files(below: ".merepl/objects") == objects)
    for (index, object) in objects.enumerated() where index % 2 == 0 {
      try FileManager.default.removeItem(atPath: "\(program.folder)/\(object)")
    }
    #expect(try Self.outcome(Setting(name: "mended"), in: program) == reference)
  }

  /// Whatever docs/commands.md calls expensive, for that page is made from the signatures.
  @Test func everyExpensiveCommandTakesPart() throws {
    let page = try String(
      contentsOfFile: "\(Program.repository)/docs/commands.md", encoding: .utf8)
    let commands = page.components(separatedBy: "\n### ").dropFirst()
      .filter { $0.contains("cost     expensive") }.map { $0.prefix { $0 != "\n" } }
    #expect(commands.count > 8)
    for command in commands { #expect(Self.script.contains("\(command)("), "\(command)") }
  }

  // MARK: make soak

  static let emulator = "/usr/bin/qemu-x86_64"

  @Test(.enabled(if: Soak.isOn, "make soak"))
  func anotherProcessorGivesTheSameBits() throws {
    try #require(
      FileManager.default.isExecutableFile(atPath: Self.emulator), "qemu-user is not installed")
    let setting = Setting(
      name: "Haswell", arguments: ["--threads", "2"],
      program: [Self.emulator, "-cpu", "Haswell", Program.path])
    #expect(try Self.outcome(setting) == Self.reference.get())
  }

  /// Every product and exponential by the loops that define them.
  @Test(.enabled(if: Soak.isOn, "make soak"))
  func plainKernelsGiveTheSameBits() throws {
    let setting = Setting(name: "plain", environment: ["MEREPL_INSTRUCTIONS": "plain"])
    #expect(try Self.outcome(setting) == Self.reference.get())
  }

  /// Without AVX2 and FMA there is no result rather than another one.
  @Test(.enabled(if: Soak.isOn, "make soak"))
  func aProcessorOfTooFewInstructionsIsRefused() throws {
    try #require(
      FileManager.default.isExecutableFile(atPath: Self.emulator), "qemu-user is not installed")
    let outcome = try Self.outcome(
      Setting(name: "Nehalem", program: [Self.emulator, "-cpu", "Nehalem", Program.path]))
    #expect(outcome.contains("status 1: error: this processor lacks AVX2 or FMA"), "\(outcome)")
  }

  /// `MEREPL_OTHER_BUILD` names the program of the other configuration.
  static let otherBuild = ProcessInfo.processInfo.environment["MEREPL_OTHER_BUILD"] ?? ""

  @Test(.enabled(if: Soak.isOn, "make soak"))
  func debugAndReleaseGiveTheSameBits() throws {
    try #require(
      FileManager.default.isExecutableFile(atPath: Self.otherBuild), "no MEREPL_OTHER_BUILD")
    let setting = Setting(name: "other build", program: [Self.otherBuild])
    #expect(try Self.outcome(setting) == Self.reference.get())
  }
}
