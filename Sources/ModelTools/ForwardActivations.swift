import Capture
import Diagnostics
import JSON
import Tensors

/// The requested activations: those of `--activations` by their addresses, and the
/// maps of `--attentions` by their layers.
struct ForwardActivations {
  /// Nil if there are none.
  let selection: ActivationSelection?
  private let named: [ActivationPoint]
  private let maps: [ActivationPoint]

  init(
    _ folder: ModelFolder, _ type: any ForwardModel.Type, patterns: String?, attentions: Bool
  ) throws {
    guard patterns != nil || attentions else {
      (selection, named, maps) = (nil, [], [])
      return
    }
    let table = try Self.table(folder, type)
    do {
      named = try patterns.map { try ActivationSelection($0, of: table).points } ?? []
    } catch let error as CaptureError {
      throw CommandError(
        "--activations: \(error)", notes: ["--list-activations prints the addresses"],
        suggestion: error.suggestion, exitCode: 64)
    }
    // Those of the model itself, not of the vision tower in it.
    maps =
      attentions ? table.points.filter { $0.name == "attention" && $0.components.count == 3 } : []
    guard !attentions || !maps.isEmpty else {
      throw CommandError(
        "\(type.className) has no attention layers", suggestion: "remove --attentions",
        exitCode: 64)
    }
    let wanted = Set(named + maps)
    selection = try ActivationSelection(
      table.points.filter(wanted.contains).map { try ActivationPattern($0.address) }, of: table)
  }

  /// Everything that can be read of a model.
  static func table(
    _ folder: ModelFolder, _ type: any ForwardModel.Type
  ) throws -> ActivationTable {
    try ForwardError.readingModel(folder.path) {
      try type.activations(JSONNode(contentsOfFile: "\(folder.path)/config.json"))
    }
  }

  /// What goes into the file. Activations of several images whose shapes differ are numbered.
  func entries(
    _ found: CollectedActivations, input: String
  ) throws -> [(name: String, tensor: Tensor)] {
    let layers = maps.enumerated().flatMap { layer, point in
      found.all(at: point.address).map { ("attentions.\(layer)", $0) }
    }
    return try layers
      + named.flatMap { point in
        let address = point.address
        let all = found.all(at: address)
        guard !all.isEmpty else {
          throw ForwardError.unfit(
            "\(input): \(address) was not computed: the input has no images or videos",
            suggestion: "remove \(address) from --activations")
        }
        if let joined = found[address] { return [(address, joined)] }
        return all.enumerated().map { ("\(address).\($0)", $1) }
      }
  }
}
