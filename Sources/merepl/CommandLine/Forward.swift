import ArgumentParser
import Commands
import Experiments
import JSON
import ModelTools
import Reproduction

/// `merepl forward`
struct Forward: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a model on given input tensors and writes its outputs.",
    discussion: """
      MODEL_DIR is a directory saved by diffusers or transformers: config.json, which names the \
      class, and .safetensors files, single or sharded with an index; or a pipeline with such \
      directories in it. Tensors have the names and shapes of the reference library:

        CogVideoXTransformer3DModel
          hidden_states [batch, frames, channels, height, width], encoder_hidden_states \
      [batch, tokens, channels], timestep, optional ofs, image_rotary_emb.cos and .sin \
      -> sample
        AutoencoderKLCogVideoX
          --component encoder: x [batch, channels, frames, height, width] -> latent.mean, \
      latent.logvar
          --component decoder: z [batch, channels, frames, height, width] -> sample
          --tiling for either, as after enable_tiling
        T5EncoderModel
          input_ids [batch, tokens], optional attention_mask -> last_hidden_state
        Qwen2_5_VLForConditionalGeneration
          input_ids, optional attention_mask, pixel_values with image_grid_thw, \
      pixel_values_videos with video_grid_thw and second_per_grid_ts, labels -> logits, loss
        InternVLForConditionalGeneration, InternVLChatModel
          input_ids, optional attention_mask, pixel_values, labels -> logits, loss

      Weights and inputs of any type are converted to float32, and outputs are F32. --gradients \
      adds grad.KEY for every parameter in the checkpoint: the gradient of the loss, which needs \
      labels; for models without a loss, of sum(output * cotangent), with cotangent among the \
      inputs.

        merepl forward cogvideox/transformer --in in.safetensors --out out.safetensors

      --activations writes what is computed inside the model under its address: \
      blocks.*.output, layers.{0,2}.attention. A * stands for one component of an address, \
      {a,b} for one of several; patterns are separated by commas. --list-activations prints the \
      addresses and shapes of a model.

        merepl forward t5 --in in.safetensors --out out.safetensors \
      --activations 'blocks.*.output,blocks.1.attention'

      docs/forward.md lists every input and compares an example with the reference.
      """)

  @Argument(help: "The model directory.", completion: .directory)
  var modelDir: String

  @Option(
    name: .customLong("in"),
    help: ArgumentHelp("The safetensors file with the inputs.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var input: String?

  @Option(
    name: .customLong("out"),
    help: ArgumentHelp("The safetensors file to write.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Directory within a pipeline, or encoder or decoder of an autoencoder.", valueName: "name"))
  var component: String?

  @Flag(
    help: "Also write attentions.LAYER [batch, heads, queries, keys], after softmax.")
  var attentions = false

  @Option(
    help: ArgumentHelp(
      "Also write the activations whose addresses match, such as 'blocks.*.output'.",
      valueName: "patterns"))
  var activations: String?

  @Flag(help: "Print the addresses and shapes of the model's activations, and exit.")
  var listActivations = false

  @Flag(help: "Also write grad.KEY for every parameter.")
  var gradients = false

  @Option(
    help: ArgumentHelp(
      "Qwen2.5-VL: position of the text after a video. largest: the largest position plus one, as "
        + "the model was trained; spatial: as in recent versions of transformers.",
      valueName: "rule"))
  var mrope: String?

  @Option(
    help: ArgumentHelp(
      "InternVL: position step of a vision token, 1 divided by an integer; default 1.",
      valueName: "step"))
  var v2pe: Double?

  @Option(
    help: ArgumentHelp(
      "Directory of a LoRA adapter in PEFT's layout to apply to the model; --gradients then "
        + "writes those of its factors.", valueName: "dir"),
    completion: .directory)
  var adapter: String?

  @Flag(
    help: ArgumentHelp(
      "AutoencoderKLCogVideoX: encode or decode large frames in overlapping tiles with blended "
        + "seams, as the reference does after enable_tiling. The next four options are named "
        + "after its arguments; each implies --tiling."))
  var tiling = false

  @Option(
    help: ArgumentHelp(
      "Tile height in pixels, also for latents; default: half of sample_height.",
      valueName: "pixels"))
  var tileSampleMinHeight: Int?

  @Option(
    help: ArgumentHelp(
      "Tile width in pixels, also for latents; default: half of sample_width.",
      valueName: "pixels"))
  var tileSampleMinWidth: Int?

  @Option(
    help: ArgumentHelp(
      "Fraction of a tile that overlaps the tile below; default 1/6.", valueName: "fraction"))
  var tileOverlapFactorHeight: Double?

  @Option(
    help: ArgumentHelp(
      "Fraction of a tile that overlaps the tile beside it; default 1/5.", valueName: "fraction"))
  var tileOverlapFactorWidth: Double?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard !listActivations else {
      if input != nil || output != nil {
        throw ValidationError("--list-activations does not run the model: remove --in and --out")
      }
      return
    }
    for (option, value) in [("in", input), ("out", output)] where value == nil {
      throw ValidationError("Missing expected argument '--\(option) <file>'")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    Cancellation.install()
    guard let input, let output else {
      let listing = try ActivationListing(model: modelDir, component: component)
      try console.write(listing.json, or: listing.lines)
      return .ok
    }
    var command = ForwardCommand(model: modelDir, input: input, output: output)
    command.component = component
    command.attentions = attentions
    command.activations = activations
    command.gradients = gradients
    command.textPosition = mrope
    command.visionStep = v2pe
    command.adapter = adapter
    command.tiling = forwardTiling
    let summary = try command.run(progress: console.progress)
    try console.write(summary.json, or: summary.lines)
    return .ok
  }

  /// What the options for tiles say; nil where none is given.
  private var forwardTiling: ForwardTiling? {
    let isGiven =
      tiling || tileSampleMinHeight != nil || tileSampleMinWidth != nil
      || tileOverlapFactorHeight != nil || tileOverlapFactorWidth != nil
    guard isGiven else { return nil }
    return ForwardTiling(
      height: tileSampleMinHeight, width: tileSampleMinWidth,
      overlapHeight: tileOverlapFactorHeight, overlapWidth: tileOverlapFactorWidth)
  }
}
