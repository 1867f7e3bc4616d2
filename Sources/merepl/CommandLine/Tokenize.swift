import ArgumentParser
import Commands
import Foundation
import ModelTools
import Reproduction

/// `merepl tokenize`
struct Tokenize: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turns lines of text into token ids, or with --decode ids into text.",
    discussion: """
      Reads standard input line by line and writes one line for each: token ids with a space \
      between two. A line ends at a line feed only; a carriage return before it belongs to the \
      text. Special tokens that are written in the text, such as <|im_start|>, are recognised; \
      what the model expects around a text (T5's closing </s>, id 1) is added.

      The tokenizer is that of the folder: tokenizer.json, or vocab.json with merges.txt (Qwen2), \
      or spiece.model (T5), with the added tokens of the files beside them; or the same in its \
      folder "tokenizer", as in a pipeline.

        echo "a red ball bounces" | merepl tokenize Qwen2.5-VL-7B-Instruct
        echo "64 2518 4935 79789" | merepl tokenize Qwen2.5-VL-7B-Instruct --decode

      With --json a line of output is {"ids": [...], "tokens": [...], "spans": [[from, to], ...]}, \
      spans in bytes of the text's UTF-8; or with --decode a string.
      """)

  @Argument(
    help: "The model's folder, or that of its tokenizer, or a tokenizer.json.",
    completion: .directory)
  var modelDir: String

  @Flag(help: "Turn lines of ids into lines of text. Special tokens stay in the text.")
  var decode = false

  @Flag(
    help: "Add nothing around a text; with --decode, leave special tokens out of the text.")
  var noSpecialTokens = false

  @Flag(
    help: ArgumentHelp(
      "Lines of input are JSON: strings, which may hold any character, or arrays of ids."))
  var jsonInput = false

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    var command = try TokenizeCommand(model: modelDir)
    command.decodes = decode
    command.addsSpecialTokens = !noSpecialTokens
    command.readsJSON = jsonInput
    command.writesJSON = console.writesJSON
    try command.run(reading: FileHandle.standardInput) { console.write($0) }
    return .ok
  }
}
