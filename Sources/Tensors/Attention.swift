import Kernels
import Ranks

/// Which keys a query may see.
public enum AttentionMask: Sendable {
  case none
  /// Query `i` sees keys up to `i + keys - queries` (the last query sees everything).
  case causal
  /// Added to the scores: `[queries, keys]` or `[batch, queries, keys]`; -infinity hides a key.
  case additive(Tensor)
}

/// Called with the weights of a block of query rows after softmax: `[rows.count, keys]`,
/// row-major, valid during the call only. Seeing them changes no bit of the output.
public typealias AttentionObserver = (
  _ batch: Int, _ head: Int, _ rows: Range<Int>, _ weights: Span<Float>, _ keys: Int
) -> Void

extension Tensor {
  /// Scaled dot-product attention, `softmax(Q K^T scale + mask) V`, in blocks of query rows.
  ///
  /// Groups of query heads share a key head when there are fewer of those (Ainslie et al., 2023).
  /// The division of softmax is applied to the outputs, not to the weights. Going backwards
  /// recomputes the weights from the same bits unless they are small and were kept.
  /// - Parameters:
  ///   - query: `[batch, queries, heads, headDim]`
  ///   - key: `[batch, keys, keyHeads, headDim]`
  ///   - value: `[batch, keys, keyHeads, headDim]`
  ///   - scale: 1 / sqrt(headDim) when nil
  /// - Returns: `[batch, queries, heads, headDim]`
  public static func attention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: AttentionMask = .none,
    scale: Float? = nil, observer: AttentionObserver? = nil
  ) -> Tensor {
    let plan = AttentionPlan(query, key, mask: mask, scale: scale)
    precondition(key.shape == value.shape, "attention: keys \(key.shape), values \(value.shape)")
    let inputs = [query, key, value].compactMap(\.gradientNode)
    let kept = inputs.isEmpty ? nil : KeptExponentials(plan)
    let result = computed(query.shape) { out in
      plan.mix(query, key, value, into: out, keeping: kept, observer: observer)
    }
    if inputs.isEmpty { return result }
    let (q, k, v) = (query.detached(), key.detached(), value.detached())
    let nodes = (query.gradientNode, key.gradientNode, value.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let (dk, dv) = (zeros(k.shape), zeros(v.shape))
      let dq = computed(q.shape) { dq in
        plan.backward(
          q.storage, k.storage, v.storage, output: result.storage, gradient: gradient.storage,
          kept: kept, dq: dq, dk: dk.storage, dv: dv.storage)
      }
      sink.add(dq, to: nodes.0, owned: true)
      sink.add(dk, to: nodes.1, owned: true)
      sink.add(dv, to: nodes.2, owned: true)
    }
  }

  /// Attention of a stream and its reference, without history: the first sees the keys of both, the
  /// reference only its own. The bits are those of two calls on parts of the tensors.
  /// - Parameters:
  ///   - query: `[2, tokens, heads, headDim]`, or `[1, ...]` where nobody asks for the reference
  ///   - key: `[2, tokens, heads, headDim]`
  ///   - value: `[2, tokens, heads, headDim]`
  /// - Returns: of the queries' shape
  public static func attentionBesideReference(
    _ query: Tensor, _ key: Tensor, _ value: Tensor
  ) -> Tensor {
    precondition(
      key.shape == value.shape && key.shape[0] == 2 && (1...2).contains(query.shape[0])
        && query.shape.dropFirst() == key.shape.dropFirst(),
      "attention: queries \(query.shape), keys \(key.shape), values \(value.shape)")
    let (tokens, heads, headDim) = (query.shape[1], query.shape[2], query.shape[3])
    func plan(_ first: Int, keys: Int) -> AttentionPlan {
      AttentionPlan(
        batch: 1, queries: tokens, keys: keys, heads: heads, keyHeads: heads, headDim: headDim,
        scale: 1 / Float(headDim).squareRoot(), mask: .none, firstQuery: first, firstKey: first)
    }
    return computed(query.shape) { out in
      plan(0, keys: 2 * tokens).mix(query, key, value, into: out, keeping: nil, observer: nil)
      if query.shape[0] == 2 {
        plan(tokens, keys: tokens).mix(query, key, value, into: out, keeping: nil, observer: nil)
      }
    }
  }
}

extension AttentionPlan {
  init(_ query: Tensor, _ key: Tensor, mask: AttentionMask, scale: Float?) {
    precondition(
      query.rank == 4 && key.rank == 4 && query.shape[0] == key.shape[0]
        && query.shape[3] == key.shape[3] && query.shape[2] % max(key.shape[2], 1) == 0,
      "attention: queries \(query.shape), keys \(key.shape)")
    let (batch, queries, keys) = (query.shape[0], query.shape[1], key.shape[1])
    let hiding: Mask
    switch mask {
    case .none: hiding = .none
    case .causal: hiding = .causal
    case .additive(let bias):
      precondition(
        bias.shape == [queries, keys] || bias.shape == [batch, queries, keys],
        "attention: mask \(bias.shape) for queries \(query.shape), keys \(key.shape)")
      hiding = .additive(bias.storage, isBatched: bias.rank == 3)
    }
    self.init(
      batch: batch, queries: queries, keys: keys, heads: query.shape[2], keyHeads: key.shape[2],
      headDim: query.shape[3], scale: scale ?? 1 / Float(query.shape[3]).squareRoot(),
      mask: hiding)
  }

  /// Large calls spread their heads over the threads, unless an observer wants them in order.
  fileprivate func mix(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, into out: TensorStorage,
    keeping kept: KeptExponentials?, observer: AttentionObserver?
  ) {
    let (q, k, v) = (query.storage, key.storage, value.storage)
    if isLarge, Precision.current == .fast, OneDNN.bfloat16Instructions != nil {
      let rounded = RoundedAttention(
        self, q.rounded(times: scale), k.rounded(), v.rounded())
      return forEachPage(inOrder: observer != nil) { page in
        rounded.mix(page: page, into: out, viewer: viewer(page, observer))
      }
    }
    if observer != nil || !isLarge {
      return mix(q, k, v, pages: 0..<pages, into: out, keeping: kept) { viewer($0, observer) }
    }
    Workers.forEach(pages) { page in
      mix(q, k, v, pages: page..<page + 1, into: out, keeping: kept) { _ in nil }
    }
  }

  private func forEachPage(inOrder: Bool, _ body: (_ page: Int) -> Void) {
    if inOrder {
      for page in 0..<pages { body(page) }
    } else {
      Workers.forEach(pages, body)
    }
  }

  private func viewer(_ page: Int, _ observer: AttentionObserver?) -> Viewer? {
    observer.map { observer in
      { rows, weights in observer(page / heads, page % heads, rows, weights, keys) }
    }
  }
}

extension TensorStorage {
  /// Memory with the elements times `factor`, rounded to BF16.
  func rounded(times factor: Float = 1) -> TensorStorage {
    let result = TensorStorage(halves: count)
    Workers.forEachBlock(of: count) {
      StoredElement.narrow(self, $0, times: factor, into: result)
    }
    return result
  }
}
