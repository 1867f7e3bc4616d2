import Capture
import Checkpoints
import Diagnostics
import Experiments
import Layers
import Tensors

/// `merepl forward`: runs the model of a directory on the tensors of a file, with the reference
/// library's names, and writes the outputs.
public struct ForwardCommand: Sendable {
  /// The model's directory, or that of a pipeline.
  public var model: String
  public var input: String
  public var output: String
  /// A component of a pipeline, or one half of an autoencoder.
  public var component: String?
  public var attentions = false
  /// Which activations to write under their addresses: patterns with commas between them.
  public var activations: String?
  public var gradients = false
  /// Where the text after a video continues.
  public var textPosition: String?
  /// Position increment of a vision token (V2PE): 1/n for an integer n.
  public var visionStep: Double?
  /// Splits large images into tiles that an autoencoder codes one by one.
  public var tiling: ForwardTiling?
  /// A directory with a LoRA adapter in PEFT layout, applied to the model.
  public var adapter: String?

  public init(model: String, input: String, output: String) {
    self.model = model
    self.input = input
    self.output = output
  }

  public func run(progress: ProgressDisplay) throws -> ForwardSummary {
    guard !output.isEmpty else {
      throw CommandError(
        "--out is empty", suggestion: "name the .safetensors file to write", exitCode: 64)
    }
    let folder = try ModelFolder(model, component: component)
    let type = try ForwardModels.type(for: folder)
    let options = ForwardOptions(
      textPosition: textPosition, visionStep: visionStep, tiling: try tiling?.checked())
    try options.check(for: type)
    let file = try ForwardError.withStatus(5) { try SafetensorsFile(input) }
    let wanted = try ForwardActivations(
      folder, type, patterns: activations, attentions: attentions)
    let inputs = try ForwardInputs(
      file, known: try type.inputs(of: folder, names: file.names), model: type.className)
    let weights = try ForwardError.withStatus(5) { try CheckpointDirectory(folder.path) }
    try OutputPlace.check(
      output, reading: [input, "\(weights.path)/config.json"] + weights.files)
    let reading = progress.begin("loading \(folder.path)")
    let model = try ForwardError.readingModel(folder.path) {
      try type.init(folder, weights, options: options)
    }
    reading.end()
    try checkCancellation()
    let adapter = try attachAdapter(to: model.store)
    if !gradients { model.store.freeze() }

    let step = progress.begin("running \(type.className)")
    let outputs: ForwardOutputs
    do {
      outputs = try model.run(
        inputs,
        ForwardRequest(activations: wanted.selection, gradients: gradients) {
          try checkCancellation()
          step.advance()
        })
    } catch let error as any ExitCoded {
      throw error
    } catch let error as CancelledError {
      throw error
    } catch {
      throw ForwardError.unfit("\(input): \(error)")
    }
    step.end()
    try checkCancellation()
    for warning in outputs.warnings { progress.message("warning: \(warning)") }
    let entries = try entries(outputs, wanted, model.store, adapter, without: type.buffers)
    try UnchangedInputs.require()
    try ForwardError.withStatus(1) {
      try SafetensorsWriter.write(
        entries.map { .init($0.name, $0.tensor) }, metadata: ["format": "pt"], to: output)
    }
    return ForwardSummary(
      className: type.className, output: output,
      tensors: entries.map { ($0.name, $0.tensor.shape) })
  }

  /// Puts the adapter on, if there is one. The model itself is frozen then.
  private func attachAdapter(to store: ParameterStore) throws -> LoRA? {
    guard let adapter else { return nil }
    return try ForwardError.withStatus(5) {
      do {
        store.freeze()
        return try LoRA(directory: adapter, on: store)
      } catch let error as LoRAError {
        throw ForwardError.missing("\(adapter): \(error)")
      }
    }
  }

  /// Everything that goes into the file. A parameter that the outputs do not depend on has a
  /// gradient of zeros. With an adapter, gradients are those of its factors.
  private func entries(
    _ outputs: ForwardOutputs, _ wanted: ForwardActivations, _ store: ParameterStore,
    _ adapter: LoRA?, without buffers: Set<String>
  ) throws -> [(name: String, tensor: Tensor)] {
    var entries = outputs.tensors
    entries += try wanted.entries(outputs.activations, input: input)
    if let gradients = outputs.gradients {
      let keyed =
        adapter.map { $0.parameters.map { (LoRA.key(of: $0), $0) } }
        ?? store.parameters.map { ($0.name, $0) }.filter { !buffers.contains($0.0) }
      entries += keyed.map { ("grad.\($0)", gradients[$1] ?? Tensor.zeros($1.shape)) }
    }
    return entries
  }
}
