import Checkpoints
import Experiments
import Foundation
import JSON
import MotionAlignment
import ScriptChecker
import ScriptInterpreter
import Tokenizers
import VideoDiffusion

/// Commands that open models, datasets and published tables.
enum ModelCommands {
  static let all = [model, dataset, save]

  private static let model = HostCommand(
    CommandSignature(
      "model", "Opens a trained model.", topic: "data",
      positional: [
        .init(
          "name", .string, "the model's name in the paper",
          in: .words(["cogvideox-1.5-5b", "qwen2.5-vl-3b", "qwen2.5-vl-7b"]))
      ],
      named: [
        .init("scale", .string, default: "mini", in: .oneOf(["mini", "paper"])),
        .init(
          "base", .int, "which of the checkpoints trained from different seeds", default: 0,
          in: .number),
        .init(
          "training", .string,
          "what a diffusion model was trained on: video alone, or words' places",
          default: "published", in: .oneOf(["published", "grounded"])),
      ], result: .handle("model"), example: "model(\"cogvideox-1.5-5b\")")
  ) { context in
    let name = try context.arguments.string("name")
    guard try context.arguments.string("scale") == "mini" else {
      throw CommandError(
        "scale \"paper\" needs the published checkpoints, whose layout is not read yet",
        suggestion: "run at scale \"mini\"", exitCode: 5)
    }
    let files = ModelFiles(root: context.workspace.root)
    let base = try context.arguments.int("base")
    let grounded = try context.arguments.string("training") == "grounded"
    if name.hasPrefix("cogvideox") {
      guard base == 0 else {
        throw context.arguments.failure(
          "base", "is \(base), but of each diffusion model there is one: base 0")
      }
      let mini = grounded ? "cogvideox-mini-grounded" : "cogvideox-mini"
      let folder = files.checkpoint(mini)
      context.workspace.uses("data/checkpoints/\(mini)")
      let key = CacheKey(
        command: "model", numerics: 1,
        arguments: [.init("files", hash: try requireHash(folder), shown: mini)])
      let deferred = Deferred(
        key, label: name, in: context.workspace, coding: TrainingCommands.diffusionCoding(files)
      ) {
        let model = try VideoDiffusionModel(directory: folder)
        return DiffusionBundle(
          model: model, scalingFactor: model.vae.configuration.scalingFactor)
      }
      return .handle(ModelHandle(name: name, content: .videoDiffusion(deferred), folder: folder))
    }
    guard !grounded else {
      throw context.arguments.failure(
        "training", "is \"grounded\", which only diffusion models are")
    }
    let bases = files.bases(of: "qwen2.5-vl-mini")
    guard bases.isEmpty || bases.contains(base) else {
      throw context.arguments.failure(
        "base",
        "is \(base); of this model there are "
          + bases.map { String($0) }.joined(separator: ", "))
    }
    let folder = files.checkpoint("qwen2.5-vl-mini-\(base)")
    context.workspace.uses("data/checkpoints/qwen2.5-vl-mini-\(base)")
    let key = CacheKey(
      command: "model", numerics: 1,
      arguments: [.init("files", hash: try requireHash(folder), shown: "qwen2.5-vl-mini-\(base)")])
    let deferred = Deferred(
      key, label: name, in: context.workspace, coding: TrainingCommands.studentCoding(files)
    ) {
      try StudentModel(
        directory: folder, tokenizer: try TokenizerLoader.load(directory: folder))
    }
    return .handle(ModelHandle(name: name, content: .visionLanguage(deferred), folder: folder))
  }

  private static func requireHash(_ folder: String) throws -> ContentHash {
    guard FileManager.default.fileExists(atPath: folder) else {
      throw CommandError(
        "\(folder) is missing", suggestion: "make it with: merepl run experiments/pretrain.me",
        exitCode: 5)
    }
    return try ModelFiles.hash(folder)
  }

  private static let dataset = HostCommand(
    CommandSignature(
      "dataset", "Opens clips with texts.", topic: "data",
      positional: [
        .init("name", .string, "the paper's name, or that of a split of the mini world")
      ],
      named: [
        .init("scale", .string, default: "mini", in: .oneOf(["mini", "paper"])),
        .init("count", .int, unit: "clips", default: 1000, in: .ints(1...100_000)),
      ], result: .handle("dataset"), example: "dataset(\"sft-25k\", count: 1000)")
  ) { context in
    let name = try context.arguments.string("name")
    guard try context.arguments.string("scale") == "mini" else {
      throw CommandError(
        "scale \"paper\" needs the published annotation files, which are not read yet",
        suggestion: "run at scale \"mini\"", exitCode: 5)
    }
    return .handle(
      try DatasetHandle(
        name, split: SplitNames.split(name), count: try context.arguments.int("count"),
        in: context.workspace))
  }

  /// A folder with anything but a checkpoint in it is left alone.
  private static func requireCheckpoint(or folder: String, _ context: CommandContext) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard names.isEmpty || names.contains("config.json") || names.contains("model_index.json")
    else {
      throw context.arguments.failure(
        "to",
        "is a folder that holds other things: "
          + names.sorted().prefix(6).joined(separator: ", "),
        suggestion: "name a new folder, such as \"\(try context.arguments.string("to"))/model\"")
    }
  }

  private static let save = HostCommand(
    CommandSignature(
      "save", "Writes a trained model as a checkpoint folder in Hugging Face layout.",
      topic: "data", positional: [.init("model", .handle("model"))],
      named: [.init("to", .string, "a folder under data/", path: .writes)], result: .string,
      example: "save(vlm, to: \"data/checkpoints/qwen2.5-vl-mini-0\")")
  ) { context in
    let handle: ModelHandle = try context.arguments.handle("model")
    let text = try context.arguments.string("to")
    let folder = try context.workspace.outputPath(text)
    let files = ModelFiles(root: context.workspace.root)
    try requireCheckpoint(or: folder, context)
    switch handle.content {
    case .videoDiffusion(let deferred):
      let bundle = try deferred.get()
      guard context.workspace.writesFiles else { break }
      try bundle.model.write(to: folder, scalingFactor: bundle.scalingFactor) {
        try files.vocabulary().writeUnigram(to: $0)
      }
    case .visionLanguage(let deferred):
      let student = try deferred.get()
      guard context.workspace.writesFiles else { break }
      try files.vocabulary().writeBytePair(to: folder)
      let configuration = try JSONNode(
        contentsOfFile: "\(files.languageConfiguration)/config.json")
      try AtomicFile.write(
        text: configuration.value.serialized(pretty: true) + "\n", to: "\(folder)/config.json")
      try SafetensorsWriter.write(
        student.weights.map { .init($0.name, $0.tensor) }, to: "\(folder)/model.safetensors")
    }
    // A plan takes the folder that is there.
    if !context.workspace.writesFiles, !FileManager.default.fileExists(atPath: folder) {
      return .string("")
    }
    let hash = try ModelFiles.hash(folder)
    context.workspace.setCell(
      table: "checkpoints", row: text, column: "sha256", .text(hash.hex))
    return .string(hash.hex)
  }
}
