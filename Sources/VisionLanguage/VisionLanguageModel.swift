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

  /// Features of all images and videos in the order of the sequence: `[vision tokens, width]`.
  /// They depend on the pixels alone: compute them once for several questions on one clip.
  func visionFeatures(_ input: PreparedInput) throws -> Tensor

  /// Features of one image or video: `[vision tokens, width]`.
  func visionFeatures(_ input: VisionInput) throws -> Tensor
}

extension VisionLanguageModel {
  /// One pass over a sample.
  /// - Parameters:
  ///   - features: the result of ``visionFeatures(_:)``; computed here if nil
  ///   - rows: rows whose hidden states are needed; all if nil. Fewer rows cost less, as only
  ///     these pass the last layer beyond its keys.
  ///   - alignmentRows: text rows whose attention to the vision tokens is needed with gradients
  ///   - observer: sees the attention weights of all layers
  public func forward(
    _ input: PreparedInput, features: Tensor? = nil, rows: [Int]? = nil,
    alignmentRows: [Int] = [], observer: LayerAttentionObserver? = nil
  ) throws -> ForwardPass {
    var cache: KeyValueCache?
    return try forward(
      input, features: features, rows: rows, alignmentRows: alignmentRows, cache: &cache,
      observer: observer)
  }

  /// As above, filling an empty cache for continuations.
  public func forward(
    _ input: PreparedInput, features: Tensor? = nil, rows: [Int]? = nil,
    alignmentRows: [Int] = [], cache: inout KeyValueCache?,
    observer: LayerAttentionObserver? = nil
  ) throws -> ForwardPass {
    let layout = try layout(of: input)
    let tokens = input.tokens.count
    for (wanted, purpose) in [(rows ?? [], "the logits"), (alignmentRows, "alignment")] {
      if let row = wanted.first(where: { $0 < 0 || $0 >= tokens }) {
        throw VisionLanguageError.row(row, tokens: tokens, purpose: purpose)
      }
    }
    let columns = layout.visionColumns
    if !alignmentRows.isEmpty && columns.isEmpty {
      throw VisionLanguageError.empty("the list of vision tokens to align with")
    }
    var embeddings = decoder.embedding(input.tokens)
    if !columns.isEmpty {
      let features = try features ?? visionFeatures(input)
      guard features.shape == [columns.count, decoder.configuration.width] else {
        throw VisionLanguageError.shape(
          name: "the vision features",
          expected: "[\(columns.count), \(decoder.configuration.width)]", found: features.shape)
      }
      embeddings = embeddings.replacingRows(columns, with: features)
    }
    let wanted = rows.map { Array(Set($0)).sorted() }
    let (hidden, maps) = decoder(
      embeddings, positions: layout.positions, unit: layout.unit,
      rowLength: layout.rowLength, visible: layout.visible, rows: wanted,
      alignment: alignmentRows.isEmpty
        ? nil : AlignmentRequest(rows: alignmentRows, columns: layout.runs.map(\.columns)),
      cache: &cache, observer: observer)
    return ForwardPass(
      rows: wanted ?? Array(0..<tokens), hidden: hidden, alignmentMaps: maps, layout: layout,
      unembedding: decoder.unembedding.tensor)
  }

  /// A forward pass for training on `labels`: only the rows that predict a label are computed to
  /// the end.
  public func forward(
    _ input: PreparedInput, features: Tensor? = nil, labels: [Int], alignmentRows: [Int] = []
  ) throws -> (loss: Tensor, pass: ForwardPass) {
    let pass = try forward(
      input, features: features, rows: ForwardPass.rowsPredicting(labels),
      alignmentRows: alignmentRows)
    return (pass.loss(labels: labels), pass)
  }
}
