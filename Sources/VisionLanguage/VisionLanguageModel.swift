import Capture
import Layers
import Tensors

/// A decoder over text and the features of images and videos. It takes one sample at a time;
/// callers run samples in parallel, so none is padded to the length of another.
public protocol VisionLanguageModel: Sendable {
  /// All parameters under their checkpoint names.
  var store: ParameterStore { get }
  var decoder: CausalDecoder { get }

  /// The part that a parameter belongs to.
  func part(ofParameter name: String) -> ModelPart

  /// Where the vision tokens are and at which position every token stands.
  func layout(of input: PreparedInput) throws -> SequenceLayout

  /// What can be read of a pass.
  var activations: ActivationTable { get }

  /// Features of all images and videos in the order of the sequence: `[vision tokens, width]`.
  /// They depend on the pixels alone: compute them once for several questions on one clip.
  /// - Parameter probe: is shown the activations below `vision`, once for each image and video
  func visionFeatures(_ input: PreparedInput, probe: Probe) throws -> Tensor

  /// Features of one image or video: `[vision tokens, width]`.
  func visionFeatures(_ input: VisionInput) throws -> Tensor
}

extension VisionLanguageModel {
  /// As above, showing nothing.
  public func visionFeatures(_ input: PreparedInput) throws -> Tensor {
    try visionFeatures(input, probe: .none)
  }

  /// One pass over a sample.
  /// - Parameters:
  ///   - features: the result of ``visionFeatures(_:)``; computed here if nil
  ///   - rows: rows whose hidden states are needed; all if nil. Fewer rows cost less, as only
  ///     these pass the last layer beyond its keys.
  ///   - probe: is shown ``activations``. In the last layer these are of the rows that pass it.
  public func forward(
    _ input: PreparedInput, features: Tensor? = nil, rows: [Int]? = nil,
    probe: Probe = .none
  ) throws -> ForwardPass {
    var cache: KeyValueCache?
    return try forward(input, features: features, rows: rows, cache: &cache, probe: probe)
  }

  /// As above, filling an empty cache for continuations.
  public func forward(
    _ input: PreparedInput, features: Tensor? = nil, rows: [Int]? = nil,
    cache: inout KeyValueCache?, probe: Probe = .none
  ) throws -> ForwardPass {
    let layout = try layout(of: input)
    let tokens = input.tokens.count
    for (wanted, purpose) in [(rows ?? [], "the logits"), (probe.queries ?? [], "attention")] {
      if let row = wanted.first(where: { $0 < 0 || $0 >= tokens }) {
        throw VisionLanguageError.row(row, tokens: tokens, purpose: purpose)
      }
    }
    let columns = layout.visionColumns
    precondition(
      features == nil || !probe["vision"].isActive,
      "activations of the vision tower are wanted, but its features are given")
    var embeddings = decoder.embedding(input.tokens)
    if !columns.isEmpty {
      let features = try features ?? visionFeatures(input, probe: probe)
      guard features.shape == [columns.count, decoder.configuration.width] else {
        throw VisionLanguageError.shape(
          name: "the vision features",
          expected: "[\(columns.count), \(decoder.configuration.width)]", found: features.shape)
      }
      embeddings = embeddings.replacingRows(columns, with: features)
    }
    let wanted = rows.map { Array(Set($0)).sorted() }
    let hidden = try decoder(
      embeddings, positions: layout.positions, unit: layout.unit,
      rowLength: layout.rowLength, visible: layout.visible, rows: wanted, cache: &cache,
      probe: probe)
    return ForwardPass(
      rows: wanted ?? Array(0..<tokens), hidden: hidden, layout: layout,
      unembedding: decoder.unembedding.tensor)
  }

  /// A forward pass for training on `labels`: only the rows that predict a label are computed to
  /// the end.
  public func forward(
    _ input: PreparedInput, features: Tensor? = nil, labels: [Int], probe: Probe = .none
  ) throws -> (loss: Tensor, pass: ForwardPass) {
    let pass = try forward(
      input, features: features, rows: ForwardPass.rowsPredicting(labels), probe: probe)
    return (pass.loss(labels: labels), pass)
  }
}
