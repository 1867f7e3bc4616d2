import Diagnostics
import Experiments
import Foundation
import ScriptChecker
import ScriptInterpreter
import VideoDiffusion

/// Commands that open models, datasets and published tables.
enum ModelCommands {
  static let all = [model, dataset, save]

  private static let model = HostCommand(
    CommandSignature(
      "model", "Loads a trained model.", topic: "data",
      positional: [
        .init(
          "name", .string, "model name from the paper",
          in: .words(["cogvideox-1.5-5b", "qwen2.5-vl-7b"]))
      ],
      named: [
        .init("scale", .string, default: "mini", in: .oneOf(["mini", "paper"])),
        .init(
          "base", .int, "index of the checkpoint; each was trained with its own random stream",
          default: 0,
          in: .number),
        .init(
          "training", .string,
          "training of a diffusion model: on video alone, or also on word locations",
          default: "published", in: .oneOf(["published", "grounded"])),
      ], result: .handle("model"), example: "model(\"cogvideox-1.5-5b\")")
  ) { context in
    let name = try context.arguments.string("name")
    guard try context.arguments.string("scale") == "mini" else {
      throw CommandError(
        "scale \"paper\" needs the published checkpoints, which are not supported yet",
        suggestion: "use scale: \"mini\"", exitCode: 5)
    }
    let base = try context.arguments.int("base")
    let grounded = try context.arguments.string("training") == "grounded"
    if name.hasPrefix("cogvideox") {
      guard base == 0 else {
        throw context.arguments.failure(
          "base", "is \(base), but diffusion models have only base 0")
      }
      return .handle(
        try diffusion(name, grounded ? "cogvideox-mini-grounded" : "cogvideox-mini", context))
    }
    guard !grounded else {
      throw context.arguments.failure(
        "training", "is \"grounded\", which only diffusion models support")
    }
    let bases = MiniModels(root: context.workspace.root).bases(of: "qwen2.5-vl-mini")
    guard bases.isEmpty || bases.contains(base) else {
      throw context.arguments.failure(
        "base",
        "is \(base); this model has "
          + bases.map { String($0) }.joined(separator: ", "))
    }
    return .handle(try language(name, "qwen2.5-vl-mini-\(base)", context))
  }

  private static func diffusion(
    _ name: String, _ checkpoint: String, _ context: CommandContext
  ) throws -> ModelHandle {
    let workspace = context.workspace
    let files = try inputs(
      checkpoint, needing: VideoDiffusionModel.requiredFiles, context)
    let deferred = Deferred(
      key(files, checkpoint), label: name, in: workspace, coding: ModelCoding.diffusion(workspace)
    ) { try DiffusionBundle(files.read(), name: files.name, in: workspace) }
    return ModelHandle(name: name, content: .videoDiffusion(deferred), source: files)
  }

  private static func language(
    _ name: String, _ checkpoint: String, _ context: CommandContext
  ) throws -> ModelHandle {
    let workspace = context.workspace
    let files = try inputs(checkpoint, needing: ["config.json"], context)
    let deferred = Deferred(
      key(files, checkpoint), label: name, in: workspace, coding: ModelCoding.language(workspace)
    ) { try LanguageBundle(files.read(), name: files.name, in: workspace) }
    return ModelHandle(name: name, content: .visionLanguage(deferred), source: files)
  }

  private static func key(_ files: InputFiles, _ checkpoint: String) -> CacheKey {
    CacheKey(
      command: "model", numerics: 1,
      arguments: [.init("files", hash: files.hash, shown: checkpoint)])
  }

  /// The files of a shipped checkpoint, as they are now.
  /// - Parameter needed: files without which it is none
  private static func inputs(
    _ checkpoint: String, needing needed: [String], _ context: CommandContext
  ) throws -> InputFiles {
    let path = MiniModels.checkpoint(checkpoint)
    context.workspace.uses(path)
    let files = try InputFiles("\(context.workspace.root)/\(path)", name: path)
    if let absent = needed.first(where: { !files.names.contains($0) }) {
      throw CommandError(
        "\(path) has no \(absent)",
        suggestion: "restore it, or retrain it with: merepl run experiments/pretrain.me",
        exitCode: 5)
    }
    return files
  }

  private static let dataset = HostCommand(
    CommandSignature(
      "dataset", "Opens a dataset of clips with texts.", topic: "data",
      positional: [
        .init("name", .string, "dataset name from the paper, or a split of the mini world")
      ],
      named: [
        .init("scale", .string, default: "mini", in: .oneOf(["mini", "paper"])),
        .init("count", .int, unit: "clips", default: 1000, in: .ints(1...100_000)),
      ], result: .handle("dataset"), example: "dataset(\"sft-25k\", count: 1000)")
  ) { context in
    let name = try context.arguments.string("name")
    guard try context.arguments.string("scale") == "mini" else {
      throw CommandError(
        "scale \"paper\" needs the published annotation files, which are not supported yet",
        suggestion: "use scale: \"mini\"", exitCode: 5)
    }
    return .handle(
      try DatasetHandle(
        name, split: SplitNames.split(name), count: try context.arguments.int("count"),
        seed: context.seed, in: context.workspace))
  }

  /// A folder with anything but a checkpoint in it is left alone.
  private static func requireCheckpoint(or folder: String, _ context: CommandContext) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard names.isEmpty || names.contains("config.json") || names.contains("model_index.json")
    else {
      throw context.arguments.failure(
        "to",
        "is a directory with other files: "
          + names.sorted().prefix(6).joined(separator: ", "),
        suggestion: "name a new directory, such as \"\(try context.arguments.string("to"))/model\"")
    }
  }

  private static let save = HostCommand(
    CommandSignature(
      "save", "Writes a trained model as a checkpoint directory in Hugging Face layout.",
      topic: "data", positional: [.init("model", .handle("model"))],
      named: [.init("to", .string, "a directory under data/", path: .writes)], result: .string,
      example: "save(vlm, to: \"data/checkpoints/qwen2.5-vl-mini-0\")")
  ) { context in
    let handle: ModelHandle = try context.arguments.handle("model")
    let text = try context.arguments.string("to")
    let folder = try context.workspace.outputPath(text)
    try requireCheckpoint(or: folder, context)
    let files = try handle.files()
    let hash = files.hash
    let isThere = (try? CheckpointFiles(reading: folder).hash) == hash
    guard isThere || !context.workspace.outcome.inputs.contains(text) else {
      throw context.arguments.failure(
        "to", "is \(quoted(text)), which this script has read",
        suggestion: "save to another directory")
    }
    if context.workspace.writesFiles, !isThere {
      try FolderWriter.write(
        files.bytes, to: folder, locks: "\(context.workspace.store.root)/locks",
        poll: { try checkCancellation() })
    }
    try context.workspace.setCheckpoint(text, hash)
    return .string(hash.hex)
  }
}
