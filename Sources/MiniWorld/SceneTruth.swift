/// What is known about every pixel of a clip because the clip was made from a scene.
public struct SceneTruth: Sendable {
  public let scene: Scene
  public let specification: SceneSpecification
  public let geometry: SceneGeometry

  public init(_ scene: Scene, _ specification: SceneSpecification) {
    self.scene = scene
    self.specification = specification
    self.geometry = SceneGeometry(scene, specification)
  }

  private var width: Int { specification.frame.width }
  private var height: Int { specification.frame.height }

  /// Boxes of the whole outlines: `[objects][frames]`.
  public func boxes() -> [[SceneBox]] {
    scene.objects.indices.map { object in
      (0..<geometry.frames).map { geometry.box(object: object, frame: $0) }
    }
  }

  /// Share of each object that can be seen, from 0 (covered, outside, or gone) to 1:
  /// `[objects][frames]`. A blinking object counts by its opacity.
  public func visibility() -> [[Float]] {
    var shares = scene.objects.map { _ in [Float](repeating: 0, count: geometry.frames) }
    for frame in 0..<geometry.frames {
      let visible = visibleCoverages(frame: frame)
      for object in scene.objects.indices {
        let whole = wholeArea(object: object, frame: frame)
        shares[object][frame] = min(1, visible[object].reduce(0, +) / whole)
      }
    }
    return shares
  }

  /// Area of an object's outline, also where it is covered or outside the frame.
  private func wholeArea(object: Int, frame: Int) -> Float {
    let pose = geometry.pose(object: object, frame: frame)
    let side = Int(pose.width.rounded(.up)) + 2
    // Moved by whole pixels onto a canvas that holds all of it.
    let centre = pose.centre - pose.centre.rounded(.down) + Float(side / 2)
    let moved = ScenePose(centre: centre, width: pose.width, opacity: 1)
    var area: Float = 0
    SpriteCoverage.forEach(scene.objects[object].shape, moved, width: side + 2, height: side + 2) {
      area += $2
    }
    return area
  }

  /// Visible coverage of every object at one frame: `[objects][height, width]`, each value the
  /// part of the pixel's colour that is the object's.
  public func visibleCoverages(frame: Int) -> [[Float]] {
    var coverages: [[Float]] = []
    for (index, object) in scene.objects.enumerated() {
      let pose = geometry.pose(object: index, frame: frame)
      var own = [Float](repeating: 0, count: height * width)
      SpriteCoverage.forEach(object.shape, pose, width: width, height: height) { x, y, covered in
        let pixel = y * width + x
        own[pixel] = covered * pose.opacity
        for earlier in coverages.indices { coverages[earlier][pixel] *= 1 - own[pixel] }
      }
      coverages.append(own)
    }
    return coverages
  }
}

extension SceneTruth {
  /// What the entries of a mask are shares of.
  public enum MaskUnit: String, CaseIterable, Hashable, Sendable {
    /// The object's visible area: entries sum to 1 in each frame where it can be seen at all.
    case object
    /// The cell: 1 where the object fills it.
    case cell
  }

  /// Where an object is, on a grid of any size over the frame.
  /// - Returns: `[frames, gridHeight, gridWidth]`; all zero in a frame where the object cannot
  ///   be seen
  public func mask(
    object: Int, frames: [Int], gridHeight: Int, gridWidth: Int, unit: MaskUnit = .object
  ) -> [Float] {
    let columns = Self.overlaps(pixels: width, cells: gridWidth)
    let rows = Self.overlaps(pixels: height, cells: gridHeight)
    var mask = [Float](repeating: 0, count: frames.count * gridHeight * gridWidth)
    for (slot, frame) in frames.enumerated() {
      let coverage = visibleCoverages(frame: frame)[object]
      let begin = slot * gridHeight * gridWidth
      for y in 0..<height {
        for x in 0..<width where coverage[y * width + x] > 0 {
          for (row, rowShare) in rows[y] {
            for (column, columnShare) in columns[x] {
              mask[begin + row * gridWidth + column] +=
                coverage[y * width + x] * rowShare * columnShare
            }
          }
        }
      }
      let area =
        unit == .object
        ? coverage.reduce(0, +) : Float(height * width) / Float(gridHeight * gridWidth)
      if area > 0 {
        for cell in begin..<begin + gridHeight * gridWidth { mask[cell] /= area }
      }
    }
    return mask
  }

  /// The cells that each pixel of an axis lies in, with the part of it that does.
  private static func overlaps(pixels: Int, cells: Int) -> [[(cell: Int, share: Float)]] {
    let size = Float(pixels) / Float(cells)
    return (0..<pixels).map { pixel in
      let low = Float(pixel)
      let first = min(cells - 1, Int(low / size))
      let last = min(cells - 1, Int((low + 1) / size))
      return (first...last).compactMap { cell in
        let begin = max(low, Float(cell) * size)
        let end = cell == cells - 1 ? low + 1 : min(low + 1, Float(cell + 1) * size)
        return end > begin ? (cell, end - begin) : nil
      }
    }
  }
}
