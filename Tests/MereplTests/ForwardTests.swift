import Foundation
import Testing

/// `merepl forward` and `merepl tokenize` from the command line.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct ForwardCommandLineTests {
  let program: Program
  private let text = "data/checkpoints/cogvideox-mini/text_encoder"
  private let pipeline = "data/checkpoints/cogvideox-mini"

  init() throws { program = try Program() }

  /// A safetensors file with one tensor of integers.
  private func writeIDs(_ ids: [Int64], to name: String) throws {
    let header =
      #"{"input_ids":{"dtype":"I64","shape":[1,\#(ids.count)],"data_offsets":[0,\#(ids.count * 8)]}}"#
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    data += Data(header.utf8) + ids.withUnsafeBytes { Data($0) }
    try data.write(to: URL(filePath: "\(program.folder)/\(name)"))
  }

  @Test func forwardPrintsWhatItWrote() throws {
    try writeIDs([5, 6, 1], to: "in.safetensors")
    let arguments = ["--in", "in.safetensors", "--out", "out.safetensors", "--attentions"]
    let outcome = try program.run(["forward", text] + arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output == "last_hidden_state [1, 3, 64]\nattentions.0 [1, 4, 3, 3]\n")
    #expect(outcome.errors.contains("running T5EncoderModel"))
    let written = try Data(contentsOf: URL(filePath: "\(program.folder)/out.safetensors"))
    // Threads and the way of naming the folder change no bit.
    let again = try program.run(
      ["forward", pipeline, "--component", "text_encoder"] + arguments
        + ["--threads", "7", "--json", "--quiet"])
    #expect(again.status == 0)
    #expect(again.errors == "")
    #expect(
      again.output.contains(
        #""class":"T5EncoderModel","file":"out.safetensors","tensors":[{"name":"last_hidden_state""#
      ), "\(again.output)")
    #expect(
      try Data(contentsOf: URL(filePath: "\(program.folder)/out.safetensors")) == written)
  }

  /// Whatever follows `--text` is the text.
  @Test func aTextMayBeginWithAHyphen() throws {
    for text in ["-1 or --json?", "--quiet"] {
      let outcome = try program.run(
        "preprocess", "data/checkpoints/qwen2.5-vl-mini-0", "--text", text, "--out",
        "in.safetensors")
      #expect(outcome.status == 0 && outcome.output.hasPrefix("input_ids [1, "), "\(outcome)")
    }
  }

  @Test func forwardFailsWithItsStatusAndLeavesNothing() throws {
    try writeIDs([5, 600, 1], to: "in.safetensors")
    for (folder, input, status, words) in [
      (text, "in.safetensors", 1, "600"), (text, "none.safetensors", 5, "none.safetensors"),
      ("none", "in.safetensors", 5, "none"), (pipeline, "in.safetensors", 64, "--component"),
    ] as [(String, String, Int32, String)] {
      let outcome = try program.run("forward", folder, "--in", input, "--out", "out.safetensors")
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
      #expect(outcome.output == "")
    }
    #expect(try program.run("forward", text).status == 64)
    #expect(
      try !FileManager.default.contentsOfDirectory(atPath: program.folder)
        .contains { $0.hasPrefix("out") || $0.hasPrefix(".out") })
  }

  /// What tokens need grows with their square, so that a small file can ask for any amount.
  @Test func memoryBeyondTheLimitIsRefused() throws {
    try writeIDs([Int64](repeating: 5, count: 3000), to: "in.safetensors")
    for more in [[], ["--attentions"]] {
      let outcome = try program.run(
        ["forward", text, "--in", "in.safetensors", "--out", "out.safetensors"] + more,
        environment: ["MEREPL_MEMORY": "64M"])
      #expect(outcome.status == 4 && outcome.errors.contains("the limit is 64 MiB"), "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: "\(program.folder)/out.safetensors"))
    }
  }

  @Test func preprocessMakesWhatForwardTakes() throws {
    let model = "data/checkpoints/qwen2.5-vl-mini-0"
    // A picture that FFmpeg decodes: a portable pixmap of 20 x 12.
    let pixels = (0..<720).map { UInt8($0 % 256) }
    try (Data("P6\n20 12\n255\n".utf8) + Data(pixels))
      .write(to: URL(filePath: "\(program.folder)/p.ppm"))
    let made = try program.run(
      "preprocess", model, "--image", "p.ppm", "--text", "a red circle", "--out", "in.safetensors")
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output.contains("p.ppm: 1 x ") && made.output.contains("input_ids [1, "))
    let outcome = try program.run(
      "forward", model, "--in", "in.safetensors", "--out", "out.safetensors")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("logits [1, "))
    let wrong = try program.run(
      "preprocess", model, "--video", "p.ppm", "--fps", "2", "--all-frames", "--out", "o")
    #expect(wrong.status == 64)
  }

  @Test func tokenizeAnswersEveryLine() throws {
    let folder = "data/checkpoints/qwen2.5-vl-mini-0"
    let input = "a red circle\n<|im_start|>é\r\n\nlast"
    let outcome = try program.run("tokenize", folder, input: input)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.components(separatedBy: "\n")
    #expect(lines.count == 5 && lines[2] == "" && lines[4] == "")
    #expect(outcome.errors == "")
    let back = try program.run("tokenize", folder, "--decode", input: outcome.output)
    #expect(back.output == input + "\n")
    let plain = try program.run(
      "tokenize", folder, "--decode", "--no-special-tokens", input: outcome.output)
    #expect(plain.output == "a red circle\né\r\n\nlast\n")
    // T5 ends every line with its closing token.
    let t5 = try program.run("tokenize", pipeline, input: "a\n\n")
    #expect(t5.output.split(separator: "\n").allSatisfy { $0 == "1" || $0.hasSuffix(" 1") })
    #expect(
      try program.run("tokenize", pipeline, "--no-special-tokens", input: "\n").output == "\n")
  }

  @Test func tokenizeInJSON() throws {
    let folder = "data/checkpoints/qwen2.5-vl-mini-0"
    let outcome = try program.run(
      "tokenize", folder, "--json", "--json-input", input: #""a\nb""# + "\n" + #""\ud83d""#)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].contains(#""spans":[[0,1],[1,2],[2,3]]"#), "\(lines[0])")
    let decoded = try program.run(
      "tokenize", folder, "--json", "--json-input", "--decode", input: "[97, 10]\n[255]\n")
    #expect(decoded.output.split(separator: "\n").count == 2)
  }

  @Test(
    arguments: [
      (["data/checkpoints"], "a\n", 5, "no tokenizer"), (["none"], "a\n", 5, "does not exist"),
      (["data/checkpoints/qwen2.5-vl-mini-0", "--decode"], "1 x\n", 1, "\"x\" is not a token id"),
      (["data/checkpoints/qwen2.5-vl-mini-0", "--json-input"], "{\n", 1, "line 1"),
      (
        ["data/checkpoints/qwen2.5-vl-mini-0", "--decode"], "64 +64\n", 1,
        "\"+64\" is not a token id"
      ),
      (
        ["data/checkpoints/qwen2.5-vl-mini-0/config.json"], "a\n", 5,
        "pass the tokenizer directory or its tokenizer.json"
      ),
      (
        ["data/checkpoints/qwen2.5-vl-mini-0/merges.txt"], "a\n", 5,
        "pass the tokenizer directory or its tokenizer.json"
      ),
    ] as [([String], String, Int32, String)])
  func tokenizeFailsWithItsStatus(
    arguments: [String], input: String, status: Int32, words: String
  ) throws {
    let outcome = try program.run(["tokenize"] + arguments, input: input)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }
}
