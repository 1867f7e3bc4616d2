import ArgumentParser
import Commands
import Experiments
import JSON
import ModelTools
import Reproduction

/// `merepl forward`
struct Forward: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs the model of a folder on given tensors and writes what it gives.",
    discussion: """
      MODEL_DIR is a folder as diffusers or transformers save it: config.json, which names the \
      class, and .safetensors files, in one piece or in shards with an index; or a pipeline with \
      such folders in it. Tensors have the names and shapes of the reference library:

        CogVideoXTransformer3DModel
          hidden_states [batch, frames, channels, height, width], encoder_hidden_states \
      [batch, tokens, width], timestep, optional ofs, image_rotary_emb.cos and .sin \
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

      Weights and inputs of any type are computed in float32, and outputs are F32. --gradients \
      adds grad.KEY for every parameter in the checkpoint: of the loss, which needs labels; of \
      sum(output * cotangent) where there is no loss, with cotangent among the inputs.

        merepl forward cogvideox/transformer --in in.safetensors --out out.safetensors

      --activations writes what is computed inside the model under its address: \
      blocks.*.output, layers.{0,2}.attention. A * stands for one component of an address, \
      {a,b} for one of several; patterns are separated by commas. --list-activations prints the \
      addresses and shapes of a model.

        merepl forward t5 --in in.safetensors --out out.safetensors \
      --activations 'blocks.*.output,blocks.1.attention'

      docs/forward.md has every input and an example that compares with the reference.
      """)

  @Argument(help: "The model's folder.", completion: .directory)
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
      "Which folder of a pipeline, or encoder or decoder of an autoencoder.", valueName: "name"))
  var component: String?

  @Flag(
    help: "Also write attentions.LAYER [batch, heads, queries, keys], after softmax.")
  var attentions = false

  @Option(
    help: ArgumentHelp(
      "Also write the activations whose addresses match, such as 'blocks.*.output'.",
      valueName: "patterns"))
  var activations: String?

  @Flag(help: "Print the addresses and shapes of the model's activations, and run nothing.")
  var listActivations = false

  @Flag(help: "Also write grad.KEY for every parameter.")
  var gradients = false

  @Option(
    help: ArgumentHelp(
      "Qwen2.5-VL: where the text after a video goes on. largest: at the largest position plus "
        + "one, as the model was trained; spatial: as recent versions of transformers.",
      valueName: "rule"))
  var mrope: String?

  @Option(
    help: ArgumentHelp(
      "InternVL: how far a vision token moves the position on, one over a whole number; 1 if not "
        + "given.", valueName: "step"))
  var v2pe: Double?

  @Option(
    help: ArgumentHelp(
      "A folder with a LoRA adapter in PEFT's layout to put on the model; --gradients are then "
        + "those of its factors.", valueName: "folder"),
    completion: .directory)
  var adapter: String?

  @Flag(
    help: ArgumentHelp(
      "AutoencoderKLCogVideoX: codes large pictures in overlapping tiles whose seams are blended, "
        + "as the reference does after enable_tiling. The four options that follow have the names "
        + "of its arguments; each of them implies --tiling."))
  var tiling = false

  @Option(
    help: ArgumentHelp(
      "Rows of a tile in pixels, also for latents; half of sample_height if not given.",
      valueName: "pixels"))
  var tileSampleMinHeight: Int?

  @Option(
    help: ArgumentHelp(
      "Columns of a tile in pixels; half of sample_width if not given.", valueName: "pixels"))
  var tileSampleMinWidth: Int?

  @Option(
    help: ArgumentHelp(
      "Share of a tile that the one below covers again; 1/6 if not given.", valueName: "share"))
  var tileOverlapFactorHeight: Double?

  @Option(
    help: ArgumentHelp(
      "Share of a tile that the one beside covers again; 1/5 if not given.", valueName: "share"))
  var tileOverlapFactorWidth: Double?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard !listActivations else {
      if input != nil || output != nil {
        throw ValidationError("--list-activations runs nothing: leave out --in and --out")
      }
      return
    }
    for (option, value) in [("in", input), ("out", output)] where value == nil {
      throw ValidationError("Missing expected argument '--\(option) <file>'")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    try PortableMode.enter()
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
