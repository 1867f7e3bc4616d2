import MiniWorld
import Testing
import Video

@Suite("Ground truth of scenes")
struct ScenesTruthTests {
  static let world = World.specification

  /// A scene of one object in the middle of a still frame.
  static func lone(_ action: SceneAction, reach: SIMD2<Float>) throws -> Scene {
    var scene = try World.dataset("vlm-pretrain").scene(at: 0)
    scene.camera = .still
    scene.specks = nil
    scene.objects = [scene.objects[0]]
    scene.objects[0].fillsFrame = false
    scene.objects[0].action = action
    scene.objects[0].reach = reach
    scene.objects[0].width = 9
    scene.objects[0].start = SIMD2(24, 24)
    return scene
  }

  @Test("k repetitions have k maxima", arguments: 1...3, [true, false])
  func maxima(count: Int, bounces: Bool) throws {
    let scene = try Self.lone(bounces ? .bounce(count) : .shake(count), reach: SIMD2(5.5, 0))
    let geometry = SceneGeometry(scene, Self.world)
    let course = (0..<17).map { frame -> Float in
      let centre = geometry.pose(object: 0, frame: frame).centre
      return bounces ? -centre.y : centre.x
    }
    let peaks = (1..<16).filter { course[$0] > course[$0 - 1] && course[$0] >= course[$0 + 1] }
    #expect(peaks.count == count)
    let extent = course.max()! - course.min()!
    #expect(abs(extent - 11) < 0.8)
    #expect(course[0] == course[16])
  }

  @Test("Turns go the first way, then the second")
  func turns() throws {
    let scene = try Self.lone(.turn(.left, .up), reach: SIMD2(10, 12))
    let geometry = SceneGeometry(scene, Self.world)
    #expect(geometry.pose(object: 0, frame: 8).centre == SIMD2(14, 24))
    #expect(geometry.pose(object: 0, frame: 16).centre == SIMD2(14, 12))
    let events = SceneTruth(scene, Self.world).events()
    #expect(events.map(\.what) == [.goes(.left), .goes(.up)])
    #expect(events.map(\.frames) == [0...8, 8...16])
  }

  @Test("Blinking toggles the opacity and nothing else")
  func blinks() throws {
    let scene = try Self.lone(.blink, reach: .zero)
    let truth = SceneTruth(scene, Self.world)
    let gone = Self.world.motions.blinkOpacity
    let expected: [Float] = (0..<17).map { $0 / 4 % 2 == 1 ? gone : 1 }
    for (seen, wanted) in zip(truth.visibility()[0], expected) {
      #expect(abs(seen - wanted) < 1e-4)
    }
    #expect(Set(truth.boxes()[0]).count == 1)
    #expect(truth.events().map(\.frames) == [4...7, 12...15])
  }

  @Test("Events cover the clip for every repetition")
  func events() throws {
    let truth = SceneTruth(try Self.lone(.shake(2), reach: SIMD2(5, 0)), Self.world)
    #expect(truth.events().map(\.what) == [.shake, .shake])
    #expect(truth.events().map(\.frames) == [0...8, 8...16])
  }

  @Test("Flow carries the boxes of visible objects to the next frame")
  func flowFollowsBoxes() throws {
    let data = try World.dataset("vision-pretrain")
    var checked = 0
    for index in 0..<40 {
      let truth = try data.truth(at: index)
      let boxes = truth.boxes()
      for frame in 0..<16 {
        let flow = truth.flow(frame: frame)
        let surfaces = truth.surfaces(frame: frame)
        for pixel in surfaces.indices {
          guard case .object(let object) = surfaces[pixel] else { continue }
          let from = boxes[object][frame]
          let to = boxes[object][frame + 1]
          let x = Float(pixel % 48) + 0.5
          let y = Float(pixel / 48) + 0.5
          // The same relative place in the next box.
          let toX = to.minX + (x - from.minX) / (from.maxX - from.minX) * (to.maxX - to.minX)
          let toY = to.minY + (y - from.minY) / (from.maxY - from.minY) * (to.maxY - to.minY)
          #expect(abs(flow[pixel * 2] - (toX - x)) < 1e-3)
          #expect(abs(flow[pixel * 2 + 1] - (toY - y)) < 1e-3)
          checked += 1
        }
      }
    }
    #expect(checked > 10_000)
  }

  @Test("The background is carried by its flow", arguments: CameraMove.allCases)
  func flowCarriesTheBackground(camera: CameraMove) throws {
    var scene = try Self.lone(.still, reach: .zero)
    scene.camera = camera
    let clip = SceneRenderer(Self.world).render(scene)
    let truth = SceneTruth(scene, Self.world)
    let flow = truth.flow(frame: 5)
    let shown = truth.surfaces(frame: 6)
    var error: Float = 0
    var count: Float = 0
    for y in 4..<44 {
      for x in 4..<44 {
        let pixel = y * 48 + x
        let toX = Float(x) + flow[pixel * 2]
        let toY = Float(y) + flow[pixel * 2 + 1]
        let left = Int(toX.rounded(.down))
        let top = Int(toY.rounded(.down))
        let corners = [top * 48 + left, top * 48 + left + 1, top * 48 + left + 48]
        guard abs(x - 24) > 9 || abs(y - 24) > 9, corners.allSatisfy({ shown[$0] == .background })
        else { continue }
        func level(_ row: Int, _ column: Int) -> Float {
          Float(clip.pixels[6 * clip.frameSize + (row * 48 + column) * 3])
        }
        let u = toX - Float(left)
        let v = toY - Float(top)
        let upper = level(top, left) * (1 - u) + level(top, left + 1) * u
        let lower = level(top + 1, left) * (1 - u) + level(top + 1, left + 1) * u
        let before = Float(clip.pixels[5 * clip.frameSize + pixel * 3])
        error += abs(upper * (1 - v) + lower * v - before)
        count += 1
      }
    }
    #expect(count > 1000)
    #expect(error / count < 0.6)
    #expect(camera == .still || flow.contains { abs($0) > 0.1 })
  }

  @Test("Visibility counts what others cover")
  func occlusion() throws {
    var scene = try Self.lone(.still, reach: .zero)
    scene.objects[0].shape = .square
    scene.objects[0].width = 8
    var cover = scene.objects[0]
    cover.start.x += 4
    scene.objects.append(cover)
    let visibility = SceneTruth(scene, Self.world).visibility()
    #expect(abs(visibility[0][0] - 0.5) < 1e-4)
    #expect(abs(visibility[1][0] - 1) < 1e-4)
    scene.objects[0].start = SIMD2(0, 24)
    #expect(abs(SceneTruth(scene, Self.world).visibility()[0][3] - 0.5) < 1e-4)
  }

  @Test(
    "Masks hold the object's area on any grid",
    arguments: [(6, 6), (12, 12), (48, 48), (7, 5)])
  func masks(grid: (height: Int, width: Int)) throws {
    let data = try World.dataset("test")
    for index in 0..<20 {
      let truth = try data.truth(at: index)
      let visibility = truth.visibility()
      for object in truth.scene.objects.indices {
        let frames = [0, 5, 16]
        let shares = truth.mask(
          object: object, frames: frames, gridHeight: grid.height, gridWidth: grid.width)
        let cells = truth.mask(
          object: object, frames: frames, gridHeight: grid.height, gridWidth: grid.width,
          unit: .cell)
        let size = grid.height * grid.width
        #expect(shares.count == frames.count * size && cells.count == shares.count)
        #expect(cells.allSatisfy { $0 >= 0 && $0 <= 1.0001 })
        for (slot, frame) in frames.enumerated() {
          let sum = shares[slot * size..<(slot + 1) * size].reduce(0, +)
          #expect(abs(sum - (visibility[object][frame] > 0 ? 1 : 0)) < 1e-3)
          let area = truth.visibleCoverages(frame: frame)[object].reduce(0, +)
          let covered = cells[slot * size..<(slot + 1) * size].reduce(0, +)
          #expect(abs(covered * 2304 / Float(size) - area) < 0.02)
        }
      }
    }
  }

  @Test("Crossings do not hide small objects for long")
  func crossingsAreShort() throws {
    let data = try World.dataset("test")
    var hidden = 0
    var shown = 0
    for index in 0..<150 {
      let truth = try data.truth(at: index)
      for (object, shares) in zip(truth.scene.objects, truth.visibility()) {
        guard object.action != .blink, !object.fillsFrame else { continue }
        hidden += shares.filter { $0 < 0.5 }.count
        shown += shares.count
      }
    }
    #expect(Double(hidden) / Double(shown) < 0.02, "\(hidden) of \(shown)")
  }

  @Test("A mask is where the object is")
  func maskPlace() throws {
    var scene = try Self.lone(.travel(.right), reach: SIMD2(16, 0))
    scene.objects[0].shape = .square
    scene.objects[0].width = 8
    scene.objects[0].start = SIMD2(12, 36)
    let mask = SceneTruth(scene, Self.world).mask(
      object: 0, frames: [0, 16], gridHeight: 6, gridWidth: 6)
    // First frame: x 8...16, y 32...40, which is cell (4, 1); last frame: x 24...32.
    #expect(mask[4 * 6 + 1] == 1)
    #expect(mask[36 + 4 * 6 + 3] == 1)
    #expect(mask.reduce(0, +) == 2)
  }
}
