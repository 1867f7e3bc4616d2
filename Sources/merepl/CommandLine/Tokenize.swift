import ArgumentParser
import Commands
import Foundation
import ModelTools
import Reproduction

/// `merepl tokenize`
struct Tokenize: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Converts lines of text to token ids, or with --decode ids to text.",
    discussion: """
      Reads standard input and writes one line of token ids, separated by spaces, for each line. \
      Only a line feed ends a line; a carriage return before it is part of the text. Special \
      tokens in the text, such as <|im_start|>, are recognised; tokens that the model expects \
      around a text (T5's closing </s>, id 1) are added.

      The tokenizer is read from the directory: tokenizer.json, or vocab.json with merges.txt \
      (Qwen2), or spiece.model (T5), with the added tokens of the files beside them; or the same \
      files in its subdirectory "tokenizer", as in a pipeline.

        echo "a red ball bounces" | merepl tokenize Qwen2.5-VL-7B-Instruct
        echo "64 2518 4935 79789" | merepl tokenize Qwen2.5-VL-7B-Instruct --decode

      With --json, an output line is {"ids": [...], "tokens": [...], "spans": [[from, to], ...]}, \
      with spans in bytes of UTF-8; or with --decode, a string.
      """)

  @Argument(
    help: "The model or tokenizer directory, or a tokenizer.json.",
    completion: .directory)
  var modelDir: String

  @Flag(help: "Convert lines of ids to lines of text. Special tokens are kept.")
  var decode = false

  @Flag(
    help: "Add no special tokens; with --decode, remove special tokens from the text.")
  var noSpecialTokens = false

  @Flag(
    help: ArgumentHelp(
      "Input lines are JSON: strings, which may hold any character, or arrays of ids."))
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
