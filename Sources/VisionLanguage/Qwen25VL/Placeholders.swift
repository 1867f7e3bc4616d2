import Video

/// Refuses ids that have no row in the table of embeddings, padding included.
func checkTokens(_ ids: [[Int]], vocabulary: Int) throws {
  for (row, line) in ids.enumerated() {
    guard let place = line.firstIndex(where: { $0 < 0 || $0 >= vocabulary }) else { continue }
    throw VisionLanguageError.input(
      "input_ids",
      reason: "row \(row) has id \(line[place]) at position \(place), outside the vocabulary of "
        + "\(vocabulary) (vocab_size)")
  }
}

extension Qwen25VL {
  /// Hands the images or the videos of a batch to the runs of their placeholder tokens, and says
  /// where the two disagree.
  struct Placeholders {
    /// All of the batch.
    let items: [VisionInput]
    private var taken = 0
    private let kind: String
    private let token: Int
    private let merge: Int
    /// The inputs with the patches and with their grids.
    private let values: String
    private let grids: String

    init(_ configuration: Configuration, _ items: [VisionInput], isVideo: Bool) {
      self.items = items
      kind = isVideo ? "video" : "image"
      token = isVideo ? configuration.videoToken : configuration.imageToken
      merge = configuration.vision.merge
      values = isVideo ? "pixel_values_videos" : "pixel_values"
      grids = isVideo ? "video_grid_thw" : "image_grid_thw"
    }

    /// Compares grids and patches with what the tower takes.
    func check(_ vision: VisionConfiguration) throws {
      for (row, item) in items.enumerated() {
        let grid = item.grid
        guard grid.frames > 0, grid.height > 0, grid.width > 0 else {
          throw VisionLanguageError.input(
            grids, reason: "row \(row) is empty: \(text(grid))")
        }
        guard grid.height % merge == 0, grid.width % merge == 0 else {
          throw VisionLanguageError.input(
            grids,
            reason: "row \(row) is \(text(grid)); height and width must be multiples of \(merge) "
              + "(spatial_merge_size)")
        }
        guard item.patches.shape == [grid.count, vision.patchValues] else {
          throw VisionLanguageError.input(
            values,
            reason: "\(item.patches.shape.last ?? 0) values per patch; expected "
              + "\(vision.patchValues): \(vision.channels) channels of \(vision.temporalPatch) x "
              + "\(vision.patch) x \(vision.patch)")
        }
      }
    }

    /// The items whose placeholders a row has.
    mutating func take(row: Int, _ ids: [Int], mask: [Bool]?) throws -> [VisionInput] {
      let first = taken
      let shown = ids.indices.filter { mask?[$0] ?? true }
      var at = 0
      while at < shown.count {
        let length = shown[at...].prefix { ids[$0] == token }.count
        var rest = length
        while rest > 0 {
          let size = taken < items.count ? items[taken].grid.merged(by: merge).count : 0
          guard size > 0, size <= rest else {
            throw misfit(row, ids, mask, run: length, at: shown[at], given: length - rest)
          }
          rest -= size
          taken += 1
        }
        at += max(1, length)
      }
      return Array(items[first..<taken])
    }

    /// What a run of placeholders lacks.
    /// - Parameter given: what the grids before have filled of it
    private func misfit(
      _ row: Int, _ ids: [Int], _ mask: [Bool]?, run: Int, at place: Int, given: Int
    ) -> VisionLanguageError {
      let hidden = ids.indices.count { ids[$0] == token && mask?[$0] == false }
      var reason =
        "row \(row) has \(run) \(kind) token\(run == 1 ? "" : "s") (id \(token)) at position "
        + "\(place)"
      if hidden > 0 { reason += ", and \(hidden) more masked by attention_mask" }
      if items.isEmpty {
        reason += "; \(values) and \(grids) are missing"
      } else if taken == items.count {
        reason += "; \(grids) provides only \(given) features for them"
      } else {
        let grid = items[taken].grid
        reason += "; row \(taken) of \(grids), \(text(grid)), needs "
        reason += given > 0 ? "more than the \(run - given) remaining: " : ""
        reason += "\(grid.merged(by: merge).count), one per merged patch"
      }
      return .input("input_ids", reason: reason)
    }

    /// Refuses items that no placeholder stands for.
    func checkRest() throws {
      guard taken < items.count else { return }
      let rest = items[taken...].reduce(0) { $0 + $1.grid.merged(by: merge).count }
      throw VisionLanguageError.input(
        "input_ids",
        reason:
          "the text has \(kind) tokens (id \(token)) for \(taken) of \(items.count) \(kind)s; the "
          + "others in \(grids) need \(rest), one per merged patch")
    }

    private func text(_ grid: TokenGrid) -> String {
      "\(grid.frames) x \(grid.height) x \(grid.width) patches"
    }
  }
}
